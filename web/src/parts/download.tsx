// SPDX-License-Identifier: MIT
// A file that the server makes, handed to the browser's downloads; that it is being made, and why it could not be.
import { Download, Loader, type LucideIcon } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { api } from '../api';
import { t } from '../i18n';
import { saved } from '../occasion';
import { sentenceOf, type Told } from '../problem';
import { announce } from '../state';

/** Hands a file that is in memory to the browser's downloads. */
function handOver(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

interface Making {
  path: string;
  problem: Told | null;
}

/** One file at a time: a report takes the server a moment, and may fail. */
export function useDownload(): [Making | null, (path: string) => Promise<void>] {
  const [making, setMaking] = useState<Making | null>(null);
  const fetchFile = async (path: string): Promise<void> => {
    setMaking({ path, problem: null });
    try {
      await saved();
      const { blob, name } = await api.file(path);
      handOver(blob, name);
      announce(t('report.live', { name }));
      setMaking(null);
    } catch (error) {
      setMaking({ path, problem: sentenceOf(error) });
    }
  };
  return [making, fetchFile];
}

export interface FormProps {
  title: string;
  text: string;
  icon: LucideIcon;
  path: string;
  making: Making | null;
  onFetch: (path: string) => void;
  main?: boolean;
}

export function Form({ title, text, icon: Sign, path, making, onFetch, main }: FormProps) {
  const mine = making?.path === path;
  const busy = mine && making.problem === null;
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
      {mine && making.problem && (
        <p class="problem" role="alert" lang={making.problem.lang}>
          {making.problem.text}
        </p>
      )}
    </li>
  );
}
