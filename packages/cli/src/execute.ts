/** Runs another strata command in this process. Rejects as the command does. */
export type Execute = (words: readonly string[]) => Promise<void>;
