// SPDX-License-Identifier: MIT
// The frame of the page: header, side bar, what the address names, and the notice.
import { Menu, MonitorCog, Moon, Sun, X } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import { chooseLanguage, language, languages, t } from './i18n';
import { FailureCard, LostStrip } from './parts/failure';
import { DropAnywhere } from './parts/intake';
import { lazy } from './parts/lazy';
import { Logo } from './parts/mark';
import { Notice } from './parts/notice';
import { Sidebar } from './parts/sidebar';
import { go, route } from './route';
import { announcement, connection, current, failure, loadAnalysis, pending } from './state';
import { nextTheme, theme } from './theme';
import { AnalysisView } from './views/analysis';
import { Start } from './views/start';

const BatchView = lazy(async () => (await import('./views/batch')).BatchView);

const themeIcons = { auto: MonitorCog, light: Sun, dark: Moon };

function Header({ menuOpen, onMenu }: { menuOpen: boolean; onMenu: () => void }) {
  const ThemeIcon = themeIcons[theme.value];
  const themeName = `${t('app.theme')}: ${t(`app.theme.${theme.value}`)}`;
  return (
    <header class="top">
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        {t('app.skip')}
      </button>
      <button
        type="button"
        class="icon-button menu-button"
        aria-expanded={menuOpen}
        aria-controls="side"
        aria-label={t('app.menu')}
        onClick={onMenu}
      >
        {menuOpen ? <X aria-hidden="true" /> : <Menu aria-hidden="true" />}
      </button>
      <a class="brand" href="#/">
        <Logo />
        <span>Nevus</span>
      </a>
      <span class="badge">{t('app.research')}</span>
      <span class="space" />
      <label class="language">
        <span class="sr-only">{t('app.language')}</span>
        <select value={language.value} onChange={(event) => chooseLanguage(event.currentTarget.value)}>
          {Object.entries(languages).map(([id, name]) => (
            <option key={id} value={id} lang={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="icon-button" aria-label={themeName} title={themeName} onClick={nextTheme}>
        <ThemeIcon aria-hidden="true" />
      </button>
    </header>
  );
}

function View() {
  const where = route.value;
  if (connection.value === 'starting') return <p class="starting">{t('app.loading')}</p>;
  if (pending.value) return <AnalysisView analysis={null} />;
  if (where.view === 'batch') return <BatchView key={where.id} id={where.id} />;
  if (where.view === 'analysis') {
    if (current.value) return <AnalysisView analysis={current.value} />;
    return failure.value?.code === 'not_found' ? <Gone /> : null;
  }
  return <Start />;
}

function Gone() {
  return (
    <div class="gone">
      <h1>{t('error.not_found')}</h1>
      <p>{t('error.gone')}</p>
      <button
        type="button"
        class="button primary"
        onClick={() => {
          failure.value = null;
          go({ view: 'start' });
        }}
      >
        {t('side.new')}
      </button>
    </div>
  );
}

export function App() {
  const [menuOpen, setMenuOpen] = useState(false);
  const where = route.value;
  useEffect(() => {
    if (where.view === 'analysis' && connection.value === 'online') void loadAnalysis(where.id);
  }, [where, connection.value]);
  const usable = connection.value === 'online';
  useEffect(() => {
    if (usable) requestAnimationFrame(() => performance.mark('nevus:usable'));
  }, [usable]);
  useEffect(() => {
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setMenuOpen(false);
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, []);
  return (
    <div class={`app ${menuOpen ? 'menu-open' : ''}`}>
      <Header menuOpen={menuOpen} onMenu={() => setMenuOpen(!menuOpen)} />
      {menuOpen && <div class="scrim" aria-hidden="true" onClick={() => setMenuOpen(false)} />}
      <aside id="side" class="side" aria-label={t('side.label')}>
        <Sidebar onLeave={() => setMenuOpen(false)} />
      </aside>
      <main id="main" tabIndex={-1}>
        {connection.value === 'lost' && !pending.value && <LostStrip />}
        {where.view !== 'start' && failure.value?.code !== 'not_found' && <FailureCard />}
        <View />
      </main>
      <Notice />
      <DropAnywhere />
      <p class="sr-only" aria-live="polite">
        {announcement.value}
      </p>
    </div>
  );
}
