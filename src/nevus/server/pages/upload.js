// The plain page: sends the photo and shows the answer.
const element = (id) => document.getElementById(id);
const say = (text) => { element("message").textContent = text; };

function show(analysis) {
  element("result").hidden = false;
  const advice = analysis.quality.measures.filter((measure) => !measure.passed).map((measure) => measure.advice);
  const assessed = analysis.status === "assessed";
  element("answer").textContent = assessed
    ? `${analysis.predicted_name}, ${(100 * analysis.confidence).toFixed(1)} %`
    : "No answer: the photo should be taken again";
  element("urgency").textContent = assessed
    ? `Urgency ${analysis.urgency.level}: ${analysis.urgency.reasons.join(" ")}`
    : advice.join(" ");
  element("probabilities").replaceChildren(...Object.entries(analysis.probabilities ?? {}).map(([name, value]) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    const cell = document.createElement("td");
    head.textContent = name;
    cell.textContent = `${(100 * value).toFixed(1)} %`;
    row.append(head, cell);
    return row;
  }));
  const heatmap = element("heatmap");
  heatmap.hidden = !assessed;
  if (assessed) heatmap.src = `/api/v1/analyses/${analysis.id}/heatmap.png`;
}

element("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  say("Looking at the photo …");
  element("result").hidden = true;
  try {
    const answer = await fetch("/api/v1/analyses", { method: "POST", body: new FormData(element("form")) });
    const document = await answer.json();
    say(answer.ok ? "" : document.detail);
    if (answer.ok) show(document);
  } catch {
    say("The server cannot be reached.");
  }
});

element("clear").addEventListener("click", async () => {
  await fetch("/api/v1/session", { method: "DELETE" });
  element("result").hidden = true;
  element("form").reset();
  say("Everything of this session is gone.");
});
