// What is drawn how: one byte of flags an element, from the lists that Python and the user set.

export const HIDDEN = 1;
export const GHOST = 2;
export const SELECTED = 4;
export const HOVERED = 8;
export const TINTED = 16;
/** A space or an opening: drawn as a veil even when opaque. */
export const VEIL = 32;

export interface Lists {
  selected: number[];
  hidden: number[];
  isolated: number[];
  ghosted: number[];
  veiled: number[];
  showVeiled: boolean;
  hovered: number;
}

/** Flags by element number, as `Viewer._shown` of viewer.py has it. */
export function flagsOf(count: number, lists: Lists, out = new Uint8Array(count)): Uint8Array {
  const { selected, hidden, isolated, ghosted, veiled } = lists;
  out.fill(isolated.length ? HIDDEN : 0);
  for (const e of veiled) out[e] = (lists.showVeiled ? out[e] : HIDDEN) | VEIL;
  for (const e of isolated) out[e] &= ~HIDDEN;
  for (const e of ghosted) out[e] |= GHOST;
  for (const e of selected) {
    if (out[e] & VEIL) out[e] &= ~HIDDEN;
    out[e] = (out[e] | SELECTED) & ~GHOST;
  }
  for (const e of hidden) out[e] |= HIDDEN;
  if (lists.hovered >= 0 && lists.hovered < count) out[lists.hovered] |= HOVERED;
  return out;
}

/** Selection after a click on `element` (-1: on nothing). */
export function clicked(selected: number[], element: number, more: boolean): number[] {
  if (element < 0) return more ? selected : [];
  if (!more) return [element];
  return selected.includes(element) ? selected.filter((e) => e !== element) : [...selected, element];
}

/** All elements that are not listed. */
export function others(count: number, listed: number[]): number[] {
  const inside = new Set(listed);
  return Array.from({ length: count }, (_, e) => e).filter((e) => !inside.has(e));
}

export const union = (a: number[], b: number[]): number[] => [...new Set([...a, ...b])].sort((p, q) => p - q);
