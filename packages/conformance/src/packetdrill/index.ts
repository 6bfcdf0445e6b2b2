/** A runner for scripts in packetdrill's language: docs/packetdrill.md. */
export * from './report.ts';
export { type RunScriptOptions, runScript, type ScriptResult, type Verdict } from './run-script.ts';
export type { Note, ReadText } from './set-up.ts';
