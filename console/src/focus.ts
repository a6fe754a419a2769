/** Where the keyboard is when what had the focus goes. */

/** Moves to a heading, in the next moment, when all is drawn. */
export function focusOn(id: string): void {
  setTimeout(() => document.getElementById(id)?.focus());
}
