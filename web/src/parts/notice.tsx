// SPDX-License-Identifier: MIT
// The notice that is always in view, and the intended use behind it.
import { Info } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { Dialog } from './dialog';

function IntendedUse({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('use.title')} onClose={onClose}>
      <div class="prose">
        <h3>{t('use.for.title')}</h3>
        <p>{t('use.for')}</p>
        <h3>{t('use.not.title')}</h3>
        <p>{t('use.not')}</p>
        <h3>{t('use.limits.title')}</h3>
        <p>{t('use.limits')}</p>
        <h3>{t('use.privacy.title')}</h3>
        <p>{t('use.privacy')}</p>
        <p class="hint">
          <a href="/licences.txt">{t('use.licences')}</a>
        </p>
      </div>
    </Dialog>
  );
}

export function Notice() {
  const [open, setOpen] = useState(false);
  return (
    <footer class="notice-bar">
      <Info aria-hidden="true" />
      <p>
        <span class="notice-long">{t('notice.text')}</span>
        <span class="notice-short">{t('notice.short')}</span>
      </p>
      <button type="button" class="link" onClick={() => setOpen(true)}>
        {t('notice.more')}
      </button>
      {open && <IntendedUse onClose={() => setOpen(false)} />}
    </footer>
  );
}
