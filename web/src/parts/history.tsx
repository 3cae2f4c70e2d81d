// SPDX-License-Identifier: MIT
// The session's analyses and batches, newest first.
import { CameraOff, Images, ScanEye, X } from 'lucide-preact';
import { thumbnailUrl } from '../api';
import { clock, percent, t } from '../i18n';
import { hashOf, route } from '../route';
import { batches, batchName, forget, forgetBatch, history } from '../state';
import type { Batch, Summary } from '../types';
import { UrgencyMark } from './mark';

const isHere = (id: string): boolean => route.value.view !== 'start' && route.value.id === id;

function Answer({ summary }: { summary: Summary }) {
  if (summary.status === 'retake_advised' || summary.status === 'not_dermoscopy') {
    const Icon = summary.status === 'retake_advised' ? CameraOff : ScanEye;
    return (
      <span class="mark tone-plain">
        <Icon aria-hidden="true" />
        {t(`batch.${summary.status}`)}
      </span>
    );
  }
  return summary.urgency ? <UrgencyMark urgency={summary.urgency} /> : null;
}

function Entry({ summary, onOpen }: { summary: Summary; onOpen: () => void }) {
  const { id, name, predicted_class: predicted, confidence } = summary;
  return (
    <li class="entry">
      <a href={hashOf({ view: 'analysis', id })} aria-current={isHere(id) ? 'page' : undefined} onClick={onOpen}>
        <img src={thumbnailUrl(id)} alt="" width="44" height="44" loading="lazy" />
        <span class="entry-text">
          <span class="entry-name">{predicted ? t(`class.${predicted}`) : name}</span>
          <span class="entry-more">
            <Answer summary={summary} />
            <span>{confidence ? percent(confidence, 0) : clock(summary.created_at)}</span>
          </span>
        </span>
      </a>
      <button type="button" class="icon-button" aria-label={t('side.remove', { name })} onClick={() => void forget(id)}>
        <X aria-hidden="true" />
      </button>
    </li>
  );
}

function BatchEntry({ known, onOpen }: { known: Batch; onOpen: () => void }) {
  const name = batchName(known);
  return (
    <li class="entry">
      <a
        href={hashOf({ view: 'batch', id: known.id })}
        aria-current={isHere(known.id) ? 'page' : undefined}
        onClick={onOpen}
      >
        <span class="entry-stack">
          <Images aria-hidden="true" />
        </span>
        <span class="entry-text">
          <span class="entry-name">{name}</span>
          <span class="entry-more">{t('batch.running', { done: known.done, total: known.total })}</span>
        </span>
      </a>
      <button
        type="button"
        class="icon-button"
        aria-label={t('side.remove', { name })}
        onClick={() => void forgetBatch(known.id)}
      >
        <X aria-hidden="true" />
      </button>
    </li>
  );
}

export function History({ onOpen }: { onOpen: () => void }) {
  // Photos of a batch are listed in the batch.
  const inBatches = new Set(batches.value.flatMap((known) => known.results.map((row) => row.analysis_id)));
  const single = history.value.filter((summary) => !inBatches.has(summary.id));
  return (
    <section class="history" aria-labelledby="history-title">
      <h2 class="side-title" id="history-title">
        {t('side.history')}
      </h2>
      {single.length + batches.value.length === 0 ? (
        <p class="hint">{t('side.history.empty')}</p>
      ) : (
        <ul>
          {batches.value.map((known) => (
            <BatchEntry key={known.id} known={known} onOpen={onOpen} />
          ))}
          {single.map((summary) => (
            <Entry key={summary.id} summary={summary} onOpen={onOpen} />
          ))}
        </ul>
      )}
    </section>
  );
}
