const numbered = (kind, count) => Array.from({ length: count }, (_, i) => `${kind}-${i + 1}`);

/** The requirements of RFC 9293, Appendix B: 69 MUST, 31 SHLD, 1 REC, 18 MAY. */
export const APPENDIX_B = [
  ...numbered('MUST', 69),
  ...numbered('SHLD', 31),
  ...numbered('REC', 1),
  ...numbered('MAY', 18),
];

/** The document that answers Appendix B. */
export const APPENDIX_B_DOCUMENT = 'docs/rfc9293.md';

/** The folder of the documents that answer the other RFCs. */
export const OTHERS_FOLDER = 'docs/rfc';

/** The RFCs that have a document of their own there, `rfcNNNN.md`. */
export const OTHERS = [
  826, 1122, 1191, 1812, 3022, 3168, 3376, 4821, 5227, 5681, 5961, 6298, 6675, 7323, 8985, 9438,
];

/** The possible verdicts of a row. All but the first need a reason after a colon. */
export const VERDICTS = ['met', 'not met', 'does not apply'];
