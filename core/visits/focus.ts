/** Focus sequences, for whoever takes frames outside of a night. */
export { type BestFocus, bestFocus, type FocusMeasurement, FocusNotFound, focusSequence } from '../twin/focus.ts';
