// SPDX-License-Identifier: MIT
// The analysis in words, with its sources and with whose text it is.
import { BookOpen, Eye, PenLine, Sparkles, TriangleAlert } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api';
import { counted, language, t } from '../i18n';
import { stop, type Wanted, type Written, write, writtenFor } from '../narrative';
import { sentenceOf, type Told } from '../problem';
import { session } from '../state';
import type { Analysis, Narrative, NarrativePreview, NarrativeSection, Origin, Reader } from '../types';
import { Dialog } from './dialog';
import '../styles/reports.css';

const readers = ['patient', 'clinician'] as const;

export function ReaderChoice({
  name,
  reader,
  onReader,
}: {
  name: string;
  reader: Reader;
  onReader: (to: Reader) => void;
}) {
  return (
    <fieldset class="segmented">
      <legend class="sr-only">{t('words.reader')}</legend>
      {readers.map((id) => (
        <label key={id}>
          <input type="radio" name={name} checked={reader === id} onChange={() => onReader(id)} />
          <span>{t(`words.reader.${id}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}

const footnote = (id: string): string => `source-${id}`;

function showSource(id: string): void {
  const note = document.getElementById(footnote(id));
  note?.scrollIntoView({ block: 'nearest' });
  note?.focus();
}

function References({ ids, whole }: { ids: string[]; whole: Narrative | null }) {
  const numbers = ids.flatMap((id) => {
    const at = whole?.sources.findIndex((source) => source.id === id) ?? -1;
    return at < 0 ? [] : [{ id, number: at + 1 }];
  });
  return (
    <span class="references">
      {numbers.map(({ id, number }) => (
        <sup key={id}>
          <button
            type="button"
            class="reference"
            aria-label={t('words.source.show', { n: number })}
            onClick={() => showSource(id)}
          >
            {number}
          </button>
        </sup>
      ))}
    </span>
  );
}

const originIcons = { offline: PenLine, llm: Sparkles };

function OriginMark({ origin }: { origin: Origin }) {
  const Icon = originIcons[origin];
  return (
    <span class={`origin is-${origin}`}>
      <Icon aria-hidden="true" />
      {t(`words.origin.${origin}`)}
    </span>
  );
}

function Section({ section, written }: { section: NarrativeSection; written: Written }) {
  const dropped = written.dropped.filter((one) => one.section === section.id);
  return (
    <section>
      <div class="prose-head">
        <h3>{section.title}</h3>
        <OriginMark origin={section.origin} />
      </div>
      <p lang={language.value}>
        {section.sentences.map((sentence, i) => (
          <span key={i}>
            {i > 0 && ' '}
            {sentence.text}
            <References ids={sentence.sources} whole={written.whole} />
          </span>
        ))}
      </p>
      {dropped.length > 0 && (
        <div class="replaced">
          <TriangleAlert aria-hidden="true" />
          <div>
            <p>
              {dropped.some(({ whole }) => whole) ? t('words.replaced') : counted('words.left_out', dropped.length)}
            </p>
            <ul lang="en">
              {dropped.map(({ reason }, i) => (
                <li key={i}>{reason}</li>
              ))}
            </ul>
          </div>
        </div>
      )}
    </section>
  );
}

function Sources({ whole }: { whole: Narrative }) {
  if (whole.sources.length === 0) return null;
  return (
    <footer class="sources">
      <h3>
        <BookOpen aria-hidden="true" />
        {t('words.sources')}
      </h3>
      <ol lang="en">
        {whole.sources.map((source) => (
          <li key={source.id} id={footnote(source.id)} tabIndex={-1}>
            {source.cite}.{' '}
            {source.url && (
              <a href={source.url} target="_blank" rel="noopener noreferrer">
                {new URL(source.url).hostname}
              </a>
            )}
          </li>
        ))}
      </ol>
    </footer>
  );
}

/** What would leave this machine, before it does. */
function RequestDialog({ wanted, onClose }: { wanted: Wanted; onClose: () => void }) {
  const [request, setRequest] = useState<NarrativePreview | null>(null);
  const [problem, setProblem] = useState<Told | null>(null);
  useEffect(() => {
    const query = new URLSearchParams({ language: wanted.language, reader: wanted.reader });
    api.narrativeRequest(wanted.id, String(query)).then(setRequest, (error: unknown) => {
      setProblem(sentenceOf(error));
    });
  }, [wanted.id, wanted.language, wanted.reader]);
  const { host, model } = session.value?.llm ?? {};
  return (
    <Dialog title={t('words.request.title')} onClose={onClose}>
      <p>{t('words.request.text', { host: host ?? '?', model: model ?? t('words.llm.some') })}</p>
      {problem ? (
        <p role="alert" lang={problem.lang}>
          {problem.text}
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <section class="request" aria-label={t('words.request.title')} aria-busy={request === null} tabIndex={0}>
          {request === null && <p>{t('app.loading.part')}</p>}
          {request && <p>POST {request.url}</p>}
          {request?.messages.map(({ role, content }, i) => (
            <pre key={i}>
              <strong>{role}</strong>
              {`\n${content}`}
            </pre>
          ))}
        </section>
      )}
    </Dialog>
  );
}

function LanguageModelBar({ wanted, onSource }: { wanted: Wanted; onSource: (source: Origin) => void }) {
  const [looking, setLooking] = useState(false);
  const llm = session.value?.llm;
  if (llm?.state !== 'ready') return null;
  const asked = wanted.source === 'llm';
  return (
    <div class="llm-bar">
      <p class="hint">
        {t(asked ? 'words.llm.asked' : 'words.llm.offer', {
          model: llm.model ?? t('words.llm.some'),
          host: llm.host ?? '?',
        })}
      </p>
      <div class="llm-actions">
        <button
          type="button"
          class="button"
          onClick={() => {
            if (asked) stop(wanted);
            onSource(asked ? 'offline' : 'llm');
          }}
        >
          {asked ? <PenLine aria-hidden="true" /> : <Sparkles aria-hidden="true" />}
          {t(asked ? 'words.llm.back' : 'words.llm.ask')}
        </button>
        <button type="button" class="button quiet" onClick={() => setLooking(true)}>
          <Eye aria-hidden="true" />
          {t('words.request')}
        </button>
      </div>
      {looking && <RequestDialog wanted={wanted} onClose={() => setLooking(false)} />}
    </div>
  );
}

/** Whose text it is, and what the check took out of it. */
function Provenance({ written }: { written: Written }) {
  const { whole } = written;
  if (!whole) return null;
  return (
    <p class="provenance">
      {t(whole.source === 'llm' ? 'words.by.llm' : 'words.by.offline', { model: whole.model ?? '' })}
      {whole.dropped > 0 && ` ${counted('words.dropped', whole.dropped)}`}
      {whole.reason && (
        <>
          {' '}
          {t('words.reason')} <span lang="en">{whole.reason}</span>
        </>
      )}
    </p>
  );
}

function Frame({ children, busy }: { children: ComponentChildren; busy: boolean }) {
  return (
    <article class="card block prose" aria-busy={busy} aria-label={t('tab.words')}>
      {children}
    </article>
  );
}

const reader = { chosen: 'patient' as Reader };

export function Words({ analysis }: { analysis: Analysis }) {
  const [chosen, setChosen] = useState<Reader>(reader.chosen);
  const [source, setSource] = useState<Origin>('offline');
  const wanted: Wanted = { id: analysis.id, source, language: language.value, reader: chosen };
  useEffect(() => void write(wanted), [analysis.id, source, language.value, chosen]);
  const written = writtenFor(wanted);
  const busy = written === undefined || written.state === 'writing';
  return (
    <div class="stack">
      <ReaderChoice
        name="reader"
        reader={chosen}
        onReader={(to) => {
          reader.chosen = to;
          setChosen(to);
        }}
      />
      {analysis.status === 'assessed' && <LanguageModelBar wanted={wanted} onSource={setSource} />}
      <Frame busy={busy}>
        {written?.sections.map((section) => (
          <Section key={section.id} section={section} written={written} />
        ))}
        {busy && (
          <div class="writing">
            <span class="sr-only">{t('words.writing')}</span>
            <span class="bone short" />
            <span class="bone" />
            <span class="bone" />
          </div>
        )}
        {written?.state === 'failed' && (
          <div class="prose-failed" role="alert">
            <p>
              {t('words.failed')} {written.problem && <span lang={written.problem.lang}>{written.problem.text}</span>}
            </p>
            <button type="button" class="button" onClick={() => void write(wanted)}>
              {t('app.retry')}
            </button>
          </div>
        )}
        {written?.whole && (
          <>
            <Provenance written={written} />
            <Sources whole={written.whole} />
          </>
        )}
      </Frame>
    </div>
  );
}
