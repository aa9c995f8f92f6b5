/** A talk to read or to keep: as Markdown, like `python main.py transcripts`. */

import type { TalkState } from "../wire";
import { actWords, violationWords } from "../words/dialogue";
import { considered, collector, role, sensed, title, verdict } from "./words";

export function markdown(talk: TalkState, acts: string[]): string {
  const lines = [`# ${title(talk)}`, "", `Collector: ${collector(talk.run, talk.episode)}. Seed ${talk.seed}.`];
  if (talk.debtor) lines.push("", role(talk.debtor, talk.play === "debtor"));
  talk.turns.forEach((turn, index) => {
    if (turn.who === "collector") {
      const why = considered(turn, acts);
      lines.push("", `**Collector**${turn.act ? `, *${actWords(turn.act)}*` : ""}: ${turn.text}`);
      if (why) lines.push("", `> ${why}`);
      if (turn.violations.length > 0) lines.push("", `> Rule broken: ${turn.violations.map(violationWords).join("; ")}.`);
    } else {
      const before = talk.turns.slice(0, index).filter((one) => one.who === "debtor").at(-1) ?? null;
      lines.push("", `**Debtor**, understood as *${sensed(turn, before)}*: ${turn.text}`);
    }
  });
  if (talk.ending) {
    const end = verdict(talk);
    lines.push("", `${end.success ? "Success" : "No success"}: ${[end.told, end.why].filter(Boolean).join(" ")}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Hand `text` to the visitor as a file. */
export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
