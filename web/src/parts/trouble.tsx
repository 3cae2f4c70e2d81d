// SPDX-License-Identifier: MIT
// That something was not kept or not loaded, where the person tried it, with a way to try again.
import { t } from '../i18n';
import { isLoaded, type Typed } from '../occasion';

export function Trouble({ typed, at }: { typed: Typed | null; at: 'fields' | 'sign' }) {
  const problem = typed?.problem;
  if (!problem || problem.at !== at) return null;
  return (
    <div class="problem" role="alert">
      <p>
        {t(isLoaded(typed) ? 'fields.failed' : 'fields.not_loaded')}{' '}
        <span lang={problem.sentence.lang}>{problem.sentence.text}</span>
      </p>
      <button type="button" class="button" onClick={problem.retry}>
        {t('app.retry')}
      </button>
    </div>
  );
}
