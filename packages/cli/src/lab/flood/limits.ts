/** Bounds of a flood: much for a lab, little for a network. */
export const MAX_FLOOD_SYNS = 100_000;
export const MAX_FLOOD_PER_SECOND = 20_000;
