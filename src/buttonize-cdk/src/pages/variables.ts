/**
 * What is wrong with the `{{ }}` variables of a text, as the rest of a sentence; undefined if nothing. Braces of code and JSON are none of them: a
 * lone `}}` counts only where it does not close braces of the text itself.
 */
export function variablesProblem(text: string): string | undefined {
  if (/\{\{\s*\}\}/.test(text)) {
    return "has '{{ }}' with nothing in it; put a variable between the braces";
  }
  const rest = text.replace(/\{\{(?:(?!\{\{).)*?\}\}/gs, "");
  if (rest.includes("{{")) {
    return "has '{{' without '}}'; close the variable";
  }
  return rest.includes("}}") && count(rest, "{") !== count(rest, "}")
    ? "has '}}' without '{{'; open the variable with two braces"
    : undefined;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
