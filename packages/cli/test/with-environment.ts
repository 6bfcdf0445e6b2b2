/** Runs `action` with these variables in the environment, and sets them back. */
export async function withEnvironment<Value>(
  variables: Readonly<Record<string, string>>,
  action: () => Promise<Value>,
): Promise<Value> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await action();
  } finally {
    process.env = before;
  }
}
