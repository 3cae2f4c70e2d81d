// SPDX-License-Identifier: MIT
// How photos come in from anywhere on the page: dropped or pasted.
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';
import { open } from '../state';
import { Logo } from './mark';

const filesOf = (data: DataTransfer | null): File[] => [...(data?.files ?? [])];

export function DropAnywhere() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const on = <K extends keyof WindowEventMap>(type: K, act: (event: WindowEventMap[K]) => void): void =>
      addEventListener(type, act, { signal: stop.signal });
    on('dragover', (event) => {
      event.preventDefault();
      setOver(event.dataTransfer?.types.includes('Files') ?? false);
    });
    on('dragleave', (event) => {
      if (event.relatedTarget === null) setOver(false);
    });
    on('drop', (event) => {
      event.preventDefault();
      setOver(false);
      open(filesOf(event.dataTransfer));
    });
    on('paste', (event) => open(filesOf(event.clipboardData)));
    return () => stop.abort();
  }, []);
  if (!over) return null;
  return (
    <div class="drop-veil" aria-hidden="true">
      <Logo />
      <p>{t('start.drop.now')}</p>
    </div>
  );
}
