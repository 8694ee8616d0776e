/**
 * Indents JSON without reading its values: numbers that JavaScript cannot hold, the order of members and members that stand twice stay
 * as the function wrote them. What is not JSON comes back as it is.
 */
export function indented(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }

  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  // Strings whole, then each bracket, comma and colon, and whatever stands between: numbers, true, false, null.
  const tokens = text.match(/"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  return tokens
    .map((token, index) => {
      switch (token) {
        case "{":
        case "[":
          if (isClosing(tokens[index + 1])) {
            return token;
          }
          depth++;
          return token + line();
        case "}":
        case "]":
          if (isOpening(tokens[index - 1])) {
            return token;
          }
          depth--;
          return line() + token;
        case ",":
          return token + line();
        case ":":
          return ": ";
        default:
          return token;
      }
    })
    .join("");
}

function isOpening(token: string | undefined): boolean {
  return token === "{" || token === "[";
}

function isClosing(token: string | undefined): boolean {
  return token === "}" || token === "]";
}
