import { afterEach, beforeEach } from "vitest";
import { ControlPlane } from "./control-plane.js";
import { World } from "./world.js";

/** The time around the test that runs. */
export let world: World;
/** The control plane of the test that runs. */
export let plane: ControlPlane;

beforeEach(async () => {
  world = new World();
  plane = await new ControlPlane(world).start();
});
afterEach(async () => {
  world.end();
  await plane.stop();
});
