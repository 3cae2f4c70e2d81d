// SPDX-License-Identifier: MIT
import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/side.css';
import './styles/shell.css';
import './styles/start.css';
import './styles/analysis.css';
import './styles/answer.css';
import './styles/panels.css';
import './styles/print.css';
import { App } from './app';
import { speak } from './i18n';
import { start } from './state';

// A page that the browser kept for its back button may show what the session has forgotten by now.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});

await speak();
const root = document.getElementById('app');
if (root) render(<App />, root);
void start();
