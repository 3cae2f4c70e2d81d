// SPDX-License-Identifier: MIT
// The analysis in words, as the server writes it: section by section, from fixed sentences or by a language model.
import { signal } from '@preact/signals';
import { analysisUrl, api, Problem, ServerLost, send } from './api';
import { type Told, told } from './problem';
import { cleared, session } from './state';
import type { Narrative, NarrativeSection, Origin, Reader } from './types';

export interface Wanted {
  id: string;
  source: Origin;
  language: string;
  reader: Reader;
}
const keyOf = ({ id, source, language, reader }: Wanted): string => [id, source, language, reader].join(' ');

export interface Dropped {
  section: string;
  reason: string;
  /** All of the section, and not one sentence of it. */
  whole: boolean;
}

/** As the page shows them; a language model's sections come in another order. */
const order = ['overview', 'severity', 'characteristics', 'treatment', 'precautions', 'consult', 'prognosis'];

export interface Written {
  state: 'writing' | 'done' | 'failed';
  sections: NarrativeSection[];
  /** What of a language model's text did not pass the check. */
  dropped: Dropped[];
  /** What came last, with the sources. */
  whole: Narrative | null;
  problem: Told | null;
}

/** Everything that was written, so that it is not asked for twice. */
export const written = signal<ReadonlyMap<string, Written>>(new Map());
/** What is being written. To stop one ends its request, and with it what a language model would cost. */
const underWay = new Map<string, AbortController>();
cleared.subscribe(() => {
  for (const request of underWay.values()) request.abort();
  underWay.clear();
  written.value = new Map();
});
export const writtenFor = (wanted: Wanted): Written | undefined => written.value.get(keyOf(wanted));

const kNothing: Written = { state: 'writing', sections: [], dropped: [], whole: null, problem: null };

function change(key: string, how: (before: Written) => Written): void {
  const before = written.value.get(key) ?? kNothing;
  written.value = new Map(written.value).set(key, how(before));
}

interface Event {
  name: string;
  data: string;
}

/** Server-sent events of an answer to POST, which EventSource cannot ask for. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Event> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const field = (name: string): string =>
        event
          .split('\n')
          .filter((line) => line.startsWith(`${name}: `))
          .map((line) => line.slice(name.length + 2))
          .join('\n');
      if (field('event')) yield { name: field('event'), data: field('data') };
    }
  }
}

function take(key: string, { name, data }: Event): void {
  if (name === 'section') {
    const section: NarrativeSection = JSON.parse(data);
    change(key, (before) => {
      const others = before.sections.filter(({ id }) => id !== section.id);
      const sections = [...others, section].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
      return { ...before, sections };
    });
  } else if (name === 'replaced') {
    const dropped: Dropped = JSON.parse(data);
    change(key, (before) => ({ ...before, dropped: [...before.dropped, dropped] }));
  } else if (name === 'done') {
    const whole: Narrative = JSON.parse(data);
    change(key, (before) => ({ ...before, state: 'done', whole, sections: whole.sections ?? before.sections }));
  }
}

/** Ends what is being written; asked for again, it begins anew. What is done stays. */
export function stop(wanted: Wanted): void {
  const key = keyOf(wanted);
  const request = underWay.get(key);
  if (!request) return;
  request.abort();
  underWay.delete(key);
  const others = new Map(written.value);
  others.delete(key);
  written.value = others;
}

async function receive(wanted: Wanted, key: string, signal: AbortSignal): Promise<void> {
  const { id, ...body } = wanted;
  try {
    const answer = await send('POST', `${analysisUrl(id)}/narrative`, body, { signal });
    if (answer.body) {
      for await (const event of eventsOf(answer.body)) {
        if (signal.aborted) return;
        take(key, event);
      }
    }
    // The line broke before the end.
    if (!signal.aborted && written.value.get(key)?.state === 'writing') throw new ServerLost(id);
  } catch (error) {
    const problem = error instanceof Problem ? told(error) : null;
    if (!signal.aborted) change(key, (now) => ({ ...now, state: 'failed', problem }));
  }
}

/** Asks for the words once; the same words again cost nothing. A language model that failed is asked anew. */
export async function write(wanted: Wanted): Promise<void> {
  const key = keyOf(wanted);
  const before = written.value.get(key);
  if (before && before.state !== 'failed' && !before.whole?.reason) return;
  const begun = cleared.value;
  const request = new AbortController();
  underWay.set(key, request);
  change(key, () => kNothing);
  await receive(wanted, key, request.signal);
  if (underWay.get(key) === request) underWay.delete(key);
  if (wanted.source !== 'llm') return;
  // Tokens were used, and the model may be known by now.
  const now = await api.session().catch(() => null);
  if (now && cleared.value === begun) session.value = now;
}
