// SPDX-License-Identifier: MIT
// The first thing a person sees: where to put a photo, and what comes of it.
import { Camera, FolderOpen, HardDrive, Lock, Ruler } from 'lucide-preact';
import { useRef, useState } from 'preact/hooks';
import { exampleUrl } from '../api';
import { bytes, t } from '../i18n';
import { labelOf } from '../parts/example';
import { FailureCard } from '../parts/failure';
import { lazy } from '../parts/lazy';
import { analyseExample, examples, formats, open, sending, session } from '../state';

const CameraDialog = lazy(async () => (await import('../parts/camera')).CameraDialog);

/** Rings and ticks of a dermatoscope's scale, around the words. */
function Reticle() {
  const ticks = Array.from({ length: 72 }, (_, i) => i * 5);
  return (
    <svg class="reticle" viewBox="-220 -220 440 440" aria-hidden="true">
      <circle r="208" />
      {ticks.map((angle) => (
        <path key={angle} d={`M0 -208v${angle % 30 ? 7 : 16}`} transform={`rotate(${angle})`} />
      ))}
    </svg>
  );
}

function DropZone() {
  const input = useRef<HTMLInputElement>(null);
  const [camera, setCamera] = useState(false);
  const limits = session.value?.limits;
  return (
    <section class="drop" aria-label={t('start.drop')}>
      <Reticle />
      <div class="drop-body">
        <p class="drop-title">{t('start.drop')}</p>
        <p class="hint drop-paste">{t('start.paste')}</p>
        <div class="drop-actions">
          <button type="button" class="button primary large" onClick={() => input.current?.click()}>
            <FolderOpen aria-hidden="true" />
            {t('start.choose')}
          </button>
          <button type="button" class="button large" onClick={() => setCamera(true)}>
            <Camera aria-hidden="true" />
            {t('start.camera')}
          </button>
        </div>
        <input
          ref={input}
          type="file"
          class="sr-only"
          tabIndex={-1}
          aria-hidden="true"
          multiple
          accept="image/*,.dcm,.zip"
          onChange={(event) => {
            open([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
        <p class="hint drop-formats">
          {limits
            ? t('start.formats', {
                formats: formats(),
                size: bytes(limits.max_file_size_bytes),
              })
            : '\u00a0'}
        </p>
      </div>
      {camera && <CameraDialog onClose={() => setCamera(false)} />}
    </section>
  );
}

function Examples() {
  const found = examples.value;
  if (found?.length === 0) return null;
  return (
    <section class="examples" aria-labelledby="examples-title">
      <h2 id="examples-title">{t('start.examples')}</h2>
      <ul>
        {(found ?? Array.from({ length: 6 }, () => null)).map((example, i) => (
          <li key={i}>
            {example ? (
              <button type="button" class="example" onClick={() => void analyseExample(example)}>
                <img src={exampleUrl(example.name)} alt="" width="256" height="256" />
                <span class="sr-only">{t('start.example.open')}</span>
                <span>{labelOf(example)}</span>
                <span class="hint">{example.title.split(', ')[1]}</span>
              </button>
            ) : (
              <span class="example is-loading" />
            )}
          </li>
        ))}
      </ul>
      <p class="hint">{t('start.examples.source')}</p>
    </section>
  );
}

function Promises() {
  return (
    <ul class="promises">
      <li>
        <Lock aria-hidden="true" />
        {t('start.private')}
      </li>
      <li>
        <HardDrive aria-hidden="true" />
        {t('start.offline')}
      </li>
      <li>
        <Ruler aria-hidden="true" />
        {t('start.open')}
      </li>
    </ul>
  );
}

export function Start() {
  return (
    <div class="start">
      <FailureCard />
      <header class="start-head">
        <h1>{t('start.title')}</h1>
        <p>{t('start.lead')}</p>
      </header>
      {sending.value > 0 ? (
        <section class="drop is-sending" aria-live="polite">
          <Reticle />
          <p class="drop-title">{t('batch.sending', { n: sending.value })}</p>
        </section>
      ) : (
        <DropZone />
      )}
      <Examples />
      <Promises />
    </div>
  );
}
