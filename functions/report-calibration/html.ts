import { escapeMarkup } from '../shared/markup.ts';

/** A piece of markup. Whatever else is put into a template is text and is escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Markup | string | number | undefined | false | readonly Content[];

/** Template of markup: values are escaped unless they are markup themselves; lists are joined, undefined and false are nothing. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Markup {
  return new Markup(strings.reduce((text, part, index) => `${text}${textOf(values[index - 1])}${part}`));
}

function textOf(value: Content): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeMarkup(String(value));
  return value.map(textOf).join('');
}

/** A table with its caption and headings. Cells of the first column are headings of their rows. */
export function table(caption: Content, headings: readonly Content[], rows: readonly (readonly Content[])[]): Markup {
  return html`<div class="table" role="region" tabindex="0" aria-label="${captionText(caption)}"><table>
<caption>${caption}</caption>
<thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (
    cells,
  ) => html`<tr>${cells.map((cell, index) => (index === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>
`,
)}</tbody>
</table></div>
`;
}

const captionText = (caption: Content): string => textOf(caption).replace(/<[^>]*>/g, '');

/** Facts as a list of names and values; those without a value are left out. */
export function facts(pairs: readonly (readonly [string, Content])[]): Markup {
  return html`<dl>${pairs
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
`;
}
