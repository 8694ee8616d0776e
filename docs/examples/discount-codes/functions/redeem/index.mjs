const CODE = /^SAVE([0-9]{1,3})-[A-Z2-9]{6}$/;

/** Takes a discount code. What is none is an error of the function, which the caller sees as such. */
export const handler = async ({ code } = {}) => {
  const [, percent] = CODE.exec(code ?? "") ?? [];
  if (percent === undefined || Number(percent) < 1 || Number(percent) > 100) {
    throw new Error(`'${code}' is no discount code; it looks like SAVE30-7KXQ2M.`);
  }
  return { valid: true, percent: Number(percent) };
};
