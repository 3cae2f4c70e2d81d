// SPDX-License-Identifier: MIT
// Many photos: progress as the server reports it, and a table that sorts.
import { ArrowDown, ArrowUp, ArrowUpDown, CameraOff, CircleX, Download, FileArchive, ScanEye } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import { batchUrl, thumbnailUrl } from '../api';
import { counted, language, percent, t } from '../i18n';
import { UrgencyMark } from '../parts/mark';
import { type Told, told } from '../problem';
import { hashOf } from '../route';
import { batchDone, batches, batchProgress, batchRow, forgetBatch, loadBatch } from '../state';
import { type Batch, type BatchRow, urgencies } from '../types';
import '../styles/batch.css';

const kWaitingRows = 8;
const columns = ['photo', 'urgency', 'class', 'confidence', 'malignant'] as const;
type Column = (typeof columns)[number];

/** Rows without an answer stand behind the least urgent ones. */
const urgencyRank = (row: BatchRow): number => (row.urgency ? urgencies.indexOf(row.urgency) : urgencies.length);

const compare: Record<Column, (a: BatchRow, b: BatchRow) => number> = {
  photo: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }),
  urgency: (a, b) => urgencyRank(a) - urgencyRank(b) || (b.malignant_prob ?? 0) - (a.malignant_prob ?? 0),
  class: (a, b) => (a.predicted_class ?? '~').localeCompare(b.predicted_class ?? '~'),
  confidence: (a, b) => (b.confidence ?? -1) - (a.confidence ?? -1),
  malignant: (a, b) => (b.malignant_prob ?? -1) - (a.malignant_prob ?? -1),
};

/** Shares are most telling where they are large. */
const descendsFirst = (column: Column): boolean => column === 'confidence' || column === 'malignant';

/** Follows the server's events; they start from the first row again after a break in the line. */
function useEvents(id: string, running: boolean): void {
  useEffect(() => {
    if (!running) return;
    const events = new EventSource(`${batchUrl(id)}/events`);
    events.addEventListener('row', (event) => batchRow(id, JSON.parse(event.data)));
    events.addEventListener('progress', (event) => batchProgress(id, JSON.parse(event.data)));
    events.addEventListener('done', () => {
      events.close();
      void batchDone(id);
    });
    return () => events.close();
  }, [id, running]);
}

function Head({ column, sort, onSort }: { column: Column; sort: Sort; onSort: (sort: Sort) => void }) {
  const active = sort.column === column;
  const descending = descendsFirst(column) !== sort.reversed;
  const Icon = active ? (descending ? ArrowDown : ArrowUp) : ArrowUpDown;
  const name = t(`batch.col.${column}`);
  return (
    <th scope="col" class={`col-${column}`} aria-sort={active ? (descending ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        aria-label={t('batch.sort', { name })}
        onClick={() => onSort({ column, reversed: active && !sort.reversed })}
      >
        {name}
        <Icon aria-hidden="true" />
      </button>
    </th>
  );
}

function State({ row }: { row: BatchRow }) {
  if (row.urgency) return <UrgencyMark urgency={row.urgency} />;
  const Icon = { failed: CircleX, retake_advised: CameraOff, not_dermoscopy: ScanEye, assessed: null }[row.status];
  if (!Icon || row.status === 'assessed') return null;
  const word = row.status === 'failed' ? t('batch.failed_row') : t(`batch.${row.status}`);
  return (
    <span class="mark tone-plain">
      <Icon aria-hidden="true" />
      {word}
    </span>
  );
}

/** The class, or why there is none. */
function answerOf(row: BatchRow): Told {
  if (row.error) return told(row.error);
  return { text: row.predicted_class ? t(`class.${row.predicted_class}`) : '–', lang: language.value };
}

function Row({ row }: { row: BatchRow }) {
  const id = row.analysis_id;
  const answer = answerOf(row);
  return (
    <tr class={row.status === 'failed' ? 'is-failed' : ''}>
      <th scope="row" class="col-photo">
        {id ? (
          <a href={hashOf({ view: 'analysis', id })} aria-label={t('batch.open', { name: row.name })}>
            <img src={thumbnailUrl(id)} alt="" width="40" height="40" loading="lazy" />
            <span>{row.name}</span>
          </a>
        ) : (
          <span class="no-photo">
            <span>{row.name}</span>
          </span>
        )}
      </th>
      <td class="col-urgency">
        <State row={row} />
        <span class="phone-class hint" aria-hidden="true" lang={answer.lang}>
          {answer.text !== '–' && answer.text}
        </span>
      </td>
      <td class="col-class" lang={answer.lang} {...(row.error ? { colSpan: 3 } : {})}>
        {answer.text}
      </td>
      {!row.error && (
        <>
          <td class="col-confidence">{row.confidence == null ? '–' : percent(row.confidence)}</td>
          <td class="col-malignant">
            {row.malignant_prob == null ? (
              '–'
            ) : (
              <>
                {percent(row.malignant_prob)}
                <span class="mini-track" aria-hidden="true">
                  <span style={{ width: `${100 * row.malignant_prob}%` }} />
                </span>
              </>
            )}
          </td>
        </>
      )}
    </tr>
  );
}

interface Sort {
  column: Column;
  reversed: boolean;
}

function Tally({ rows }: { rows: readonly BatchRow[] }) {
  return (
    <ul class="tally">
      {urgencies.map((urgency) => (
        <li key={urgency}>
          <UrgencyMark urgency={urgency} />
          <strong>{rows.filter((row) => row.urgency === urgency).length}</strong>
        </li>
      ))}
      {(['retake_advised', 'not_dermoscopy'] as const).map((status) => (
        <li key={status}>
          <span class="mark tone-plain">{t(`batch.${status}`)}</span>
          <strong>{rows.filter((row) => row.status === status).length}</strong>
        </li>
      ))}
      <li>
        <span class="mark tone-plain">{t('batch.failed_row')}</span>
        <strong>{rows.filter((row) => row.status === 'failed').length}</strong>
      </li>
    </ul>
  );
}

function Actions({ known }: { known: Batch }) {
  if (known.state === 'running') {
    return (
      <button type="button" class="button" onClick={() => void forgetBatch(known.id)}>
        {t('batch.cancel')}
      </button>
    );
  }
  const url = batchUrl(known.id);
  return (
    <>
      {known.failed < known.total && (
        <a
          class="button primary"
          href={`${url}/reports.zip?language=${language.value}`}
          download=""
          title={t('batch.zip.text')}
        >
          <FileArchive aria-hidden="true" />
          {t('batch.zip')}
        </a>
      )}
      {(['csv', 'jsonl'] as const).map((form) => (
        <a key={form} class="button" href={`${url}/results.${form}`} download="">
          <Download aria-hidden="true" />
          {t(`batch.${form}`)}
        </a>
      ))}
    </>
  );
}

function BatchHead({ known }: { known: Batch }) {
  const { state, done, total, failed } = known;
  return (
    <header class="batch-head">
      <div>
        <h1>{counted('batch.title', total)}</h1>
        <p class="hint">
          {state === 'running' ? t('batch.running', { done, total }) : t(`batch.${state}`)}
          {failed > 0 && ` · ${counted('batch.failed', failed)}`}
        </p>
      </div>
      <div class="batch-actions">
        <Actions known={known} />
      </div>
    </header>
  );
}

/** The rows that are there, and while it runs some of those to come. */
function Results({ known }: { known: Batch }) {
  const [sort, setSort] = useState<Sort>({ column: 'urgency', reversed: false });
  const rows = [...known.results].sort(compare[sort.column]);
  if (sort.reversed) rows.reverse();
  const waiting = known.state === 'running' ? Math.min(known.total - rows.length, kWaitingRows) : 0;
  return (
    <section class="card table-frame" aria-label={t('batch.table')}>
      <table>
        <caption class="sr-only">{t('batch.table')}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column} column={column} sort={sort} onSort={setSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.index} row={row} />
          ))}
          {Array.from({ length: waiting }, (_, i) => (
            <tr key={`waiting-${i}`} class="is-waiting">
              <td colSpan={columns.length}>
                <span class="bone" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Known({ known }: { known: Batch }) {
  useEvents(known.id, known.state === 'running');
  return (
    <div class="batch">
      <BatchHead known={known} />
      <progress
        class="progress"
        max={known.total}
        value={known.done}
        aria-label={t('batch.running', { done: known.done, total: known.total })}
      />
      <Tally rows={known.results} />
      <Results known={known} />
    </div>
  );
}

export function BatchView({ id }: { id: string }) {
  const known = batches.value.find((candidate) => candidate.id === id);
  useEffect(() => {
    if (!known) void loadBatch(id);
  }, [id, known]);
  return known ? <Known known={known} /> : null;
}
