// SPDX-License-Identifier: MIT
// What can be taken away: the reports, what stands in them besides the answer, and what the answer rests on.
import {
  Braces,
  Download,
  FileText,
  HeartPulse,
  Images,
  ListTree,
  Loader,
  type LucideIcon,
  ScanSearch,
} from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import { analysisUrl, api, Problem } from '../api';
import { bytes, clock, figure, type Language, language, languages, t } from '../i18n';
import { writtenFor } from '../narrative';
import { load, saved, typed } from '../occasion';
import { announce } from '../state';
import type { Analysis, Origin, Reader } from '../types';
import { Particulars } from './particulars';
import { SignOffCard } from './sign_off';
import { ReaderChoice } from './words';
import '../styles/reports.css';

function facts(analysis: Analysis): [string, string][] {
  const { input, model } = analysis;
  const decided: [string, string][] =
    analysis.status === 'assessed'
      ? [
          [t('report.fact.rule'), analysis.urgency.rule_id],
          [t('report.fact.policy'), String(analysis.urgency.policy_version ?? '')],
        ]
      : [];
  return [
    [t('report.fact.file'), input.name],
    [t('report.fact.size'), `${input.width_px} × ${input.height_px} px, ${input.format}, ${bytes(input.size_bytes)}`],
    [t('report.fact.when'), clock(analysis.created_at)],
    [t('report.fact.time'), `${figure(analysis.timing_ms.total ?? 0, 0)} ms`],
    [t('report.fact.network'), `${model.id} ${model.version}`],
    ...decided.filter(([, value]) => value !== ''),
    [t('report.fact.sha256'), input.sha256],
    [t('report.fact.network_sha256'), model.sha256],
  ];
}

/** How the words of a report are written. */
interface Wish {
  language: Language;
  reader: Reader;
  paper: 'a4' | 'letter';
}

/** Hands a file that is in memory to the browser's downloads. */
function handOver(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

interface Making {
  path: string;
  problem: string;
}

/** One file at a time: a report takes the server a moment, and may fail. */
function useDownload(): [Making | null, (path: string) => Promise<void>] {
  const [making, setMaking] = useState<Making | null>(null);
  const fetchFile = async (path: string): Promise<void> => {
    setMaking({ path, problem: '' });
    try {
      await saved();
      const { blob, name } = await api.file(path);
      handOver(blob, name);
      announce(t('report.live', { name }));
      setMaking(null);
    } catch (error) {
      setMaking({ path, problem: error instanceof Problem ? error.message : t('error.lost.title') });
    }
  };
  return [making, fetchFile];
}

interface FormProps {
  title: string;
  text: string;
  icon: LucideIcon;
  path: string;
  making: Making | null;
  onFetch: (path: string) => void;
  main?: boolean;
}

function Form({ title, text, icon: Sign, path, making, onFetch, main }: FormProps) {
  const mine = making?.path === path;
  const busy = mine && making.problem === '';
  const Right = busy ? Loader : Download;
  return (
    <li>
      <button
        type="button"
        class={`download ${main ? 'is-main' : ''}`}
        aria-busy={busy}
        onClick={() => !busy && onFetch(path)}
      >
        <Sign aria-hidden="true" />
        <span>
          <strong>{title}</strong>
          <span class="hint">{busy ? t('report.making') : text}</span>
        </span>
        <Right aria-hidden="true" class={busy ? 'is-turning' : ''} />
      </button>
      {mine && making.problem !== '' && (
        <p class="problem" role="alert" lang="en">
          {making.problem}
        </p>
      )}
    </li>
  );
}

/** Whose words a report has: a language model's only where it wrote some for this language and reader. */
function WordsChoice({ origin, onOrigin }: { origin: Origin; onOrigin: (origin: Origin) => void }) {
  return (
    <div class="field">
      <label for="report-words">{t('report.words')}</label>
      <select id="report-words" value={origin} onChange={(event) => onOrigin(event.currentTarget.value as Origin)}>
        <option value="offline">{t('report.words.offline')}</option>
        <option value="llm">{t('report.words.llm')}</option>
      </select>
    </div>
  );
}

const chosen: { reader: Reader; paper: Wish['paper'] } = { reader: 'patient', paper: 'a4' };

function Downloads({ analysis }: { analysis: Analysis }) {
  const [wish, setWish] = useState<Wish>({ ...chosen, language: language.value });
  useEffect(() => setWish((now) => ({ ...now, language: language.value })), [language.value]);
  const [making, fetchFile] = useDownload();
  const set = (change: Partial<Wish>): void => {
    setWish((now) => ({ ...now, ...change }));
    Object.assign(chosen, change);
  };
  const [origin, setOrigin] = useState<Origin>('offline');
  const told = writtenFor({ id: analysis.id, source: 'llm', language: wish.language, reader: wish.reader });
  const isTold = told?.whole?.source === 'llm';
  const words: Record<string, string> = isTold ? { narrative: origin } : {};
  const query = new URLSearchParams({ ...wish, ...words }).toString();
  const base = analysisUrl(analysis.id);
  const shared = { making, onFetch: (path: string) => void fetchFile(path) };
  const form = (id: 'pdf' | 'json' | 'fhir' | 'dcm' | 'overlay' | 'sr', icon: LucideIcon, path: string) => (
    <Form key={id} title={t(`report.${id}`)} text={t(`report.${id}.text`)} icon={icon} path={path} {...shared} />
  );
  return (
    <section class="card block">
      <h3>{t('report.download')}</h3>
      <ReaderChoice name="report-reader" reader={wish.reader} onReader={(reader) => set({ reader })} />
      <div class="wish">
        <div class="field">
          <label for="report-language">{t('app.language')}</label>
          <select
            id="report-language"
            value={wish.language}
            onChange={(event) => set({ language: event.currentTarget.value as Language })}
          >
            {Object.entries(languages).map(([id, name]) => (
              <option key={id} value={id} lang={id}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="report-paper">{t('report.paper')}</label>
          <select
            id="report-paper"
            value={wish.paper}
            onChange={(event) => set({ paper: event.currentTarget.value as Wish['paper'] })}
          >
            <option value="a4">A4</option>
            <option value="letter">US Letter</option>
          </select>
        </div>
        {isTold && <WordsChoice origin={origin} onOrigin={setOrigin} />}
      </div>
      <ul class="downloads">
        <Form
          title={t('report.pdf')}
          text={t('report.pdf.text')}
          icon={FileText}
          path={`${base}/report.pdf?${query}`}
          main
          {...shared}
        />
        {form('fhir', HeartPulse, `${base}/report.fhir.json?${query}`)}
        {form('json', Braces, `${base}/report.json`)}
      </ul>
      <details class="more-forms">
        <summary>{t('report.dicom')}</summary>
        <ul class="downloads">
          {form('dcm', Images, `${base}/report.dcm?kind=pdf&${query}`)}
          {analysis.status === 'assessed' && form('overlay', ScanSearch, `${base}/report.dcm?kind=overlay`)}
          {form('sr', ListTree, `${base}/report.dcm?kind=sr`)}
        </ul>
      </details>
    </section>
  );
}

export function Report({ analysis }: { analysis: Analysis }) {
  useEffect(() => void load(analysis.id), [analysis.id]);
  const known = typed.value?.id === analysis.id ? typed.value : null;
  return (
    <div class="stack">
      <Downloads analysis={analysis} />
      <Particulars key={`fields-${analysis.id}`} typed={known} />
      <SignOffCard key={`sign-${analysis.id}`} typed={known} />
      <section class="card block">
        <h3>{t('report.facts')}</h3>
        <dl class="fact-table">
          {facts(analysis).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <p class="hint" lang="en">
          {analysis.disclaimer}
        </p>
      </section>
    </div>
  );
}
