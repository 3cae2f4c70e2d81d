// SPDX-License-Identifier: MIT
// What did not work, in one sentence, with what to do about it.
import { CircleAlert, RefreshCw, Unplug, X } from 'lucide-preact';
import { language, t, translated } from '../i18n';
import { dropPending, type Failure, failure, formats, pending, retryPending } from '../state';

function tip({ code }: Failure): string {
  return translated(`error.tip.${code}`, '', { formats: formats() });
}

/** The page stands on its own feet while the server is gone: a strip on top, and the photo waits. */
export function LostStrip() {
  return (
    <div class="lost" role="alert">
      <Unplug aria-hidden="true" />
      <p>
        <strong>{t('error.lost.title')}</strong> {t('error.lost')}
      </p>
    </div>
  );
}

export function FailureCard() {
  const problem = failure.value;
  if (!problem || problem.code === 'lost') return null;
  const title = translated(`error.${problem.code}`, t('error.title'));
  // What the server adds to the title is English: a figure and its limit.
  const adds = !problem.fromServer || language.value === 'en' || title === t('error.title');
  const detail = problem.detail.includes(problem.name) ? problem.detail : `${problem.name}: ${problem.detail}`;
  return (
    <div class="failure card" role="alert">
      <CircleAlert aria-hidden="true" />
      <div>
        <h2>{title}</h2>
        <p {...(problem.fromServer && adds ? { lang: 'en' } : {})}>{adds ? detail : problem.name}</p>
        {tip(problem) !== '' && <p class="hint">{tip(problem)}</p>}
      </div>
      <button type="button" class="icon-button" aria-label={t('app.close')} onClick={dropPending}>
        <X aria-hidden="true" />
      </button>
    </div>
  );
}

/** For a photo whose sending the lost server cut off. */
export function RetryCard() {
  if (!pending.value || failure.value === null) return null;
  return (
    <div class="failure card" role="alert">
      <Unplug aria-hidden="true" />
      <div>
        <h2>{t('error.lost.title')}</h2>
        <p>{t('error.lost')}</p>
        <p class="failure-actions">
          <button type="button" class="button primary" onClick={retryPending}>
            <RefreshCw aria-hidden="true" />
            {t('app.retry')}
          </button>
          <button type="button" class="button" onClick={dropPending}>
            {t('app.cancel')}
          </button>
        </p>
      </div>
    </div>
  );
}
