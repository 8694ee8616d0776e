// A rule for secretlint: this product's own API keys. Their last 6 characters are the CRC-32 of the 30 before in base62, so what only looks
// like a key is none, and every real one is found.
import { crc32 } from "node:zlib";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function checksum(random) {
  let rest = crc32(random);
  let digits = "";
  for (let i = 0; i < 6; i++) {
    digits = alphabet[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

export const creator = {
  meta: {
    id: "buttonize-api-keys",
    recommended: true,
    type: "scanner",
    supportedContentTypes: ["text"],
  },
  messages: { KEY: { en: () => "an API key of Buttonize is here; delete it in the organization that made it" } },
  create: (context) => ({
    file(source) {
      for (const found of source.content.matchAll(/btnz_([0-9A-Za-z]{30})(?=([0-9A-Za-z]{6}))/g)) {
        if (found[2] === checksum(found[1])) {
          context.report({
            message: context.createTranslator(creator.messages)("KEY"),
            range: [found.index, found.index + 41],
          });
        }
      }
    },
  }),
};
