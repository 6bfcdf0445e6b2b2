/** Escapes text for HTML, including attribute values in quotes. */
export function escapeHtml(text: string): string {
  // Fast path: most texts need no escaping.
  if (!/[&<>"']/.test(text)) return text;
  return text.replace(
    /[&<>"']/g,
    (character) =>
      ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character]!,
  );
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2733; --paper: #fbfaf7; --line: #d9d5cb; --soft: #6b7680; --mark: #a5481d; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6e8; --paper: #14191e; --line: #333c45; --soft: #93a0ab; --mark: #ee9a6c; }
}
body { margin: 3rem auto; max-width: 44rem; padding: 0 1.25rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: .8rem; margin: 2rem 0 .25rem; letter-spacing: .08em; text-transform: uppercase; color: var(--mark); }
p { margin: .25rem 0; color: var(--soft); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .3rem 0; border-bottom: 1px solid var(--line); text-align: left; font-weight: 400; vertical-align: top; }
th { width: 45%; color: var(--soft); }
td, code, li { font-family: ui-monospace, monospace; font-size: .92rem; }
a { color: inherit; text-decoration-color: var(--mark); }
ul { padding-left: 1.2rem; }
`;

/** A whole page. `body` is HTML, `title` is text. */
export function renderDocument(title: string, body: string): string {
  const [before, after] = documentAround(title);
  return `${before}${body}${after}`;
}

/**
 * The parts of a page before and after its body. They are ASCII, whatever `title` is: a string with
 * one octet per character is encoded several times faster.
 */
export function documentAround(title: string): readonly [before: string, after: string] {
  const heading = toAscii(escapeHtml(title));
  const before = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${heading}</title><style>${STYLE}</style></head>
<body>
<h1>${heading}</h1>
`;
  return [before, '\n</body>\n</html>\n'];
}

/** Replaces characters that are not ASCII by character references. */
function toAscii(html: string): string {
  return html.replace(/\P{ASCII}/gu, (character) => `&#${character.codePointAt(0)};`);
}
