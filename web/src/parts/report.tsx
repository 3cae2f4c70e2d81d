// SPDX-License-Identifier: MIT
// What can be taken away: the reports, what stands in them besides the answer, and what the answer rests on.
import { Braces, FileText, HeartPulse, Images, ListTree, type LucideIcon, ScanSearch } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import { analysisUrl } from '../api';
import { bytes, clock, figure, type Language, language, languages, t } from '../i18n';
import { writtenFor } from '../narrative';
import { load, typed } from '../occasion';
import type { Analysis, Origin, Reader } from '../types';
import { Form, useDownload } from './download';
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

function Wishes({ wish, onWish }: { wish: Wish; onWish: (change: Partial<Wish>) => void }) {
  return (
    <>
      <div class="field">
        <label for="report-language">{t('app.language')}</label>
        <select
          id="report-language"
          value={wish.language}
          onChange={(event) => onWish({ language: event.currentTarget.value as Language })}
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
          onChange={(event) => onWish({ paper: event.currentTarget.value as Wish['paper'] })}
        >
          <option value="a4">A4</option>
          <option value="letter">US Letter</option>
        </select>
      </div>
    </>
  );
}

type FormId = 'pdf' | 'json' | 'fhir' | 'dcm' | 'overlay' | 'sr';

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
  const form = (id: FormId, icon: LucideIcon, path: string, main = false) => (
    <Form
      title={t(`report.${id}`)}
      text={t(`report.${id}.text`)}
      icon={icon}
      path={`${analysisUrl(analysis.id)}/${path}`}
      main={main}
      making={making}
      onFetch={(of) => void fetchFile(of)}
    />
  );
  return (
    <section class="card block">
      <h3>{t('report.download')}</h3>
      <ReaderChoice name="report-reader" reader={wish.reader} onReader={(reader) => set({ reader })} />
      <div class="wish">
        <Wishes wish={wish} onWish={set} />
        {isTold && <WordsChoice origin={origin} onOrigin={setOrigin} />}
      </div>
      <ul class="downloads">
        {form('pdf', FileText, `report.pdf?${query}`, true)}
        {form('fhir', HeartPulse, `report.fhir.json?${query}`)}
        {form('json', Braces, 'report.json')}
      </ul>
      <details class="more-forms">
        <summary>{t('report.dicom')}</summary>
        <ul class="downloads">
          {form('dcm', Images, `report.dcm?kind=pdf&${query}`)}
          {analysis.status === 'assessed' && form('overlay', ScanSearch, 'report.dcm?kind=overlay')}
          {form('sr', ListTree, 'report.dcm?kind=sr')}
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
        <p class="hint">{t('notice.text')}</p>
      </section>
    </div>
  );
}
