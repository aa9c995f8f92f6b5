/** Prose as it is written (`hamlet/lectures`) in pieces that can be set: paragraphs of plain, stressed and quoted text. */

export interface Piece {
  kind: "plain" | "stress" | "quote";
  text: string;
}

const MARKED = /\*([^*]+)\*|`([^`]+)`/g;

export function paragraphs(text: string): Piece[][] {
  return text.trim().split(/\n\s*\n/).map((paragraph) => pieces(paragraph.replaceAll("\n", " ")));
}

function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(MARKED)) {
    if (match.index > from) found.push({ kind: "plain", text: text.slice(from, match.index) });
    found.push(match[1] === undefined ? { kind: "quote", text: match[2] ?? "" } : { kind: "stress", text: match[1] });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ kind: "plain", text: text.slice(from) });
  return found;
}
