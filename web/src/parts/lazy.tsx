// SPDX-License-Identifier: MIT
// Parts of the page that come when they are first looked at, so that the first load stays small.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';

/** A wait that is not shown while it is short: a part comes from this server's memory. */
function Waiting() {
  return (
    <section class="card waiting" aria-busy="true" aria-label={t('app.loading.part')}>
      <span class="bone short" />
      <span class="bone" />
      <span class="bone" />
    </section>
  );
}

export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [state, setState] = useState<'loading' | 'ready' | 'failed'>(loaded ? 'ready' : 'loading');
    useEffect(() => {
      if (state !== 'loading') return;
      load().then(
        (part) => {
          loaded = part;
          setState('ready');
        },
        () => setState('failed'),
      );
    }, [state]);
    if (state === 'failed') {
      return (
        <div class="card block" role="alert">
          <p>{t('error.lost.title')}</p>
          <button type="button" class="button" onClick={() => setState('loading')}>
            {t('app.retry')}
          </button>
        </div>
      );
    }
    const Part = loaded;
    return Part ? <Part {...props} /> : <Waiting />;
  };
}
