import { randomInt } from "node:crypto";

// Without I, L, O, 0 and 1, which look alike.
const LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/** Makes a discount code, such as `SAVE30-7KXQ2M`, and says for whom. */
export const handler = async ({ customer = "somebody", percent = 10 } = {}) => {
  const random = Array.from({ length: 6 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  return { code: `SAVE${percent}-${random}`, customer, percent };
};
