// SPDX-License-Identifier: MIT
// History of the session, and the settings.
import { Cpu, Eraser, Gauge as GaugeIcon, KeyRound, Network, Plus, Sparkles } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { bytes, counted, figure, percent, t } from '../i18n';
import { go } from '../route';
import { clearEverything, cleared, dropPending, models, saveSettings, session, stability } from '../state';
import { type Model, operatingPoints } from '../types';
import { Dialog } from './dialog';
import { History } from './history';

const shownMetrics = ['test.balanced_accuracy', 'test.macro_auc', 'test.malignant_auc', 'test.ece'] as const;
const asPercent = (id: string): boolean => id.endsWith('accuracy') || id.endsWith('ece');

function Figures({ model }: { model: Model }) {
  return (
    <dl class="figures">
      {shownMetrics.map((id) => {
        const metric = model.metrics[id];
        if (!metric) return null;
        const show = (value: number): string => (asPercent(id) ? figure(100 * value, 1) : figure(value, 3));
        return (
          <div key={id}>
            <dt>{t(`metric.${id}`)}</dt>
            <dd>
              {asPercent(id) ? percent(metric.value) : show(metric.value)}
              <span class="interval">
                {show(metric.low)}–{show(metric.high)}
              </span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Group({ icon, title, children }: { icon: ComponentChildren; title: string; children: ComponentChildren }) {
  return (
    <section class="group">
      <h3>
        {icon}
        {title}
      </h3>
      {children}
    </section>
  );
}

function NetworkGroup() {
  const chosenId = session.value?.settings.model || models.value.find((model) => model.default)?.id;
  const chosen = models.value.find((model) => model.id === chosenId);
  return (
    <Group icon={<Network aria-hidden="true" />} title={t('side.network')}>
      <fieldset class="choices">
        <legend class="sr-only">{t('side.network')}</legend>
        {models.value.map((model) => (
          <label key={model.id} class="choice">
            <input
              type="radio"
              name="model"
              checked={model.id === chosenId}
              disabled={model.state === 'failed'}
              onChange={() => void saveSettings({ model: model.id })}
            />
            <span class="choice-name">{model.id}</span>
            <span class={`status is-${model.state}`}>{t(`side.network.${model.state}`)}</span>
            <span class="choice-more hint">
              {model.version ? `${model.version} · ${t('side.network.input', { n: model.input_px })}` : '\u00a0'}
            </span>
          </label>
        ))}
      </fieldset>
      {chosen && (
        <>
          <p class="hint">{t('side.network.figures')}</p>
          <Figures model={chosen} />
          <details class="small">
            <summary>{t('side.network.licence')}</summary>
            <p lang="en">{chosen.licence}</p>
            <p lang="en">{chosen.training_data}</p>
          </details>
        </>
      )}
    </Group>
  );
}

function PointGroup() {
  const chosen = session.value?.settings.operating_point ?? 'balanced';
  return (
    <Group icon={<GaugeIcon aria-hidden="true" />} title={t('side.point')}>
      <fieldset class="segmented">
        <legend class="sr-only">{t('side.point')}</legend>
        {operatingPoints.map((point) => (
          <label key={point}>
            <input
              type="radio"
              name="point"
              checked={point === chosen}
              onChange={() => void saveSettings({ operating_point: point })}
            />
            <span>{t(`side.point.${point}`)}</span>
          </label>
        ))}
      </fieldset>
      <p class="hint">
        {t(`side.point.${chosen}.text`)} {t('side.next')}
      </p>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          aria-checked={stability.value}
          checked={stability.value}
          aria-describedby="stability-hint"
          onChange={(event) => {
            stability.value = event.currentTarget.checked;
          }}
        />
        <span>{t('side.stability')}</span>
      </label>
      <p class="hint" id="stability-hint">
        {t('side.stability.text')}
      </p>
    </Group>
  );
}

/** Facts go to the model's host, and only when asked: see the tab with the words. */
function LanguageModelGroup() {
  const [key, setKey] = useState('');
  // What was typed and not given to the server goes with the rest.
  useEffect(() => setKey(''), [cleared.value]);
  const llm = session.value?.llm;
  if (!llm) return null;
  const on = llm.state === 'ready';
  const broken = llm.state === 'error';
  const off = llm.takes_key ? 'side.llm.off' : 'side.llm.none';
  const values = { host: llm.host, model: llm.model ?? t('words.llm.some') };
  const keep = (llm_key: string | null): void => {
    setKey('');
    void saveSettings({ llm_key });
  };
  return (
    <Group icon={<Sparkles aria-hidden="true" />} title={t('side.llm')}>
      <p class="hint">{t(on ? 'side.llm.on' : broken ? 'side.llm.error' : off, values)}</p>
      {broken && llm.problem && (
        <p class="hint" lang="en">
          {llm.problem}
        </p>
      )}
      {on && (
        <p class="hint">{t('side.llm.tokens', { used: figure(llm.tokens_used, 0), cap: figure(llm.tokens_cap, 0) })}</p>
      )}
      {llm.key === 'session' && (
        <button type="button" class="button" onClick={() => keep(null)}>
          <KeyRound aria-hidden="true" />
          {t('side.llm.key.forget')}
        </button>
      )}
      {llm.takes_key && llm.key === null && !broken && (
        <form
          class="field"
          onSubmit={(event) => {
            event.preventDefault();
            if (key !== '') keep(key);
          }}
        >
          <label for="llm-key">{t('side.llm.key')}</label>
          <span class="key-row">
            <input
              id="llm-key"
              type="password"
              autocomplete="off"
              value={key}
              aria-describedby="llm-key-hint"
              onInput={(event) => setKey(event.currentTarget.value.trim())}
            />
            <button type="submit" class="button" disabled={key === ''}>
              {t('side.llm.key.use')}
            </button>
          </span>
          <p class="hint" id="llm-key-hint">
            {t('side.llm.key.text', values)}
          </p>
        </form>
      )}
    </Group>
  );
}

function ClearGroup() {
  const [asking, setAsking] = useState(false);
  const usage = session.value?.usage;
  return (
    <section class="group clear">
      {usage && <p class="hint">{counted('side.usage', usage.analyses, { size: bytes(usage.bytes) })}</p>}
      <button type="button" class="button danger" onClick={() => setAsking(true)}>
        <Eraser aria-hidden="true" />
        {t('side.clear')}
      </button>
      {asking && (
        <Dialog title={t('clear.title')} onClose={() => setAsking(false)}>
          <p>{t('clear.text')}</p>
          <div class="dialog-actions">
            <button type="button" class="button" onClick={() => setAsking(false)}>
              {t('app.cancel')}
            </button>
            <button
              type="button"
              class="button danger solid"
              onClick={() => {
                setAsking(false);
                void clearEverything();
              }}
            >
              {t('clear.yes')}
            </button>
          </div>
        </Dialog>
      )}
    </section>
  );
}

export function Sidebar({ onLeave }: { onLeave: () => void }) {
  const device = session.value?.device;
  return (
    <>
      <button
        type="button"
        class="button primary new"
        onClick={() => {
          dropPending();
          go({ view: 'start' });
          onLeave();
        }}
      >
        <Plus aria-hidden="true" />
        {t('side.new')}
      </button>
      <History onOpen={onLeave} />
      <h2 class="side-title">{t('side.settings')}</h2>
      <NetworkGroup />
      <PointGroup />
      <LanguageModelGroup />
      <Group icon={<Cpu aria-hidden="true" />} title={t('side.device')}>
        {device && (
          <p class="hint">
            {device.name} · {counted('side.device.threads', device.threads)}
          </p>
        )}
      </Group>
      <ClearGroup />
    </>
  );
}
