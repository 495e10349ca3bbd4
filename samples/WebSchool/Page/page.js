"use strict";

// What people typed only ever becomes text, never markup.
const most = 200; // lines of the log, and dogs, that are shown
const log = document.getElementById("log");
const dogs = document.getElementById("dogs");
const connection = document.getElementById("connection");
const school = document.querySelector("#school tbody");
const more = document.getElementById("more");
const leaders = document.querySelector("#leaders tbody");
const progress = document.getElementById("progress");
const searched = document.getElementById("search-text");
const found = document.getElementById("found");
const hits = document.querySelector("#hits tbody");
const hitsProgress = document.getElementById("hits-progress");
const mostHits = 10; // dogs and tricks that a search shows
const byId = new Map(); // dogs, as their events tell them: names and tricks
let owners = new Map(); // the names of owners by those of their dogs, as the table has them
let drawing = 0, loading = 0;
let seen = 0; // the position of the last event

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function row(name, ...cells) {
  const made = document.createElement("tr");
  const first = element("th", name);
  first.scope = "row";
  made.append(first, ...cells);
  return made;
}

// The browser connects again by itself, and asks for what came after the last event that it has seen.
const live = new EventSource("/log/live");
live.addEventListener("open", () => connection.textContent = "Live");
live.addEventListener("error", () =>
  connection.textContent = live.readyState === EventSource.CLOSED ? "Disconnected: load the page anew." : "Connecting again …");
live.addEventListener("recorded", message => show(JSON.parse(message.data)));

function show(event) {
  const { position, time: at, dog: id, version, topic, ...payload } = event;
  if (payload.name !== undefined) {
    byId.set(id, { name: payload.name, tricks: [] });
    const option = document.createElement("option");
    option.value = payload.name;
    dogs.append(option);
    loadOwnersSoon();
  } else if (payload.trick !== undefined) {
    byId.get(id)?.tricks.push(payload.trick);
  }

  seen = position;
  drawSchoolSoon();
  leaderboard.soon();
  searchSoon();
  const dog = byId.get(id)?.name ?? "A dog";
  const time = element("time", new Date(at).toLocaleTimeString());
  time.dateTime = at;
  const line = document.createElement("li");
  line.append(
    element("span", position, "position"),
    element("span", payload.trick === undefined ? `${dog} was registered.` : `${dog} learnt ${payload.trick}.`),
    time,
    element("code", `${topic} ${version} ${JSON.stringify(payload)}`, "payload"));
  log.prepend(line);
  if (log.children.length > most) log.lastElementChild.remove();
}

// Many events come together when the page is opened: they are drawn together, the newest dogs first.
function drawSchoolSoon() {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    school.replaceChildren(...[...byId.values()].slice(-most).reverse().map(
      dog => row(dog.name, element("td", owners.get(dog.name) ?? "–"), element("td", dog.tricks.join(", ") || "–"))));
    more.textContent = byId.size === 0 ? "No dogs yet." : byId.size > most ? `And ${byId.size - most} more.` : "";
  });
}

// Owners are rows, not events: no event tells when they change. They are asked for when a dog comes, and when the page is looked at again.
function loadOwnersSoon() {
  loading ||= setTimeout(async () => {
    loading = 0;
    try {
      const found = new Map();
      for (let page, after = ""; page === undefined || page.length > 0; after = page.at(-1)?.id) {
        page = await (await fetch(after ? `/owners?after=${after}` : "/owners")).json();
        for (const owner of page) found.set(owner.dog, owner.name);
      }
      owners = found;
      drawSchoolSoon();
    } catch {
      // The school doesn't answer, and the line at the top says so. The next dog asks again.
    }
  }, 100);
}

// What a projection writes is a moment behind the log. It must have the last event that the page has seen, so users find their own changes.
function follow(address, draw, refuse) {
  let timer = 0, asking = null, late = false;

  function soon(delay = 100) {
    if (!asking) timer ||= setTimeout(ask, delay);
  }

  function stop() {
    clearTimeout(timer);
    asking?.abort();
    timer = 0;
    asking = null;
  }

  async function ask() {
    const mine = new AbortController();
    const position = seen;
    const get = atLeast => fetch(address(atLeast), { signal: mine.signal });
    let lag = 0;
    timer = 0;
    asking = mine;
    try {
      // One that was too late is shown as it is, and how far it is behind, until it has caught up.
      let response = await get(late ? 0 : position);
      if (response.status === 503 && !late) {
        late = true;
        response = await get(0);
      }

      const answer = response.ok ? await response.json() : await explain(response);
      if (asking === mine && response.ok) {
        lag = answer.lag;
        late &&= lag > 0;
        draw(answer, lag === 0 ? `Up to date at position ${answer.position} of the log.` : `At position ${answer.position} of the log, ${lag} behind.`);
      } else if (asking === mine) {
        refuse(answer);
      }
    } catch {
      // The school doesn't answer, and the line at the top says so. The next event asks again.
    }

    if (asking !== mine) return; // stopped
    asking = null;
    if (seen > position) soon();
    else if (lag > 0) soon(1000);
  }

  return { soon, stop };
}

const leaderboard = follow(
  atLeast => `/leaderboard?atLeast=${atLeast}`,
  (answer, state) => {
    leaders.replaceChildren(...answer.dogs.map(dog => row(dog.name, element("td", dog.tricks, "number"))));
    progress.textContent = state;
  },
  problem => progress.textContent = problem);

leaderboard.soon(0);

const search = follow(
  atLeast => `/search?q=${encodeURIComponent(wanted())}&atLeast=${atLeast}&limit=${mostHits}`,
  (answer, state) => {
    const count = answer.hits.length;
    const text = `with “${wanted()}”`;
    showHits(answer.hits, count === 0 ? `No dog or trick ${text}.` : count < mostHits ? `Found ${count} ${text}.` : `The first ${count} ${text}.`, state);
  },
  problem => showHits([], problem, "", true));

function wanted() {
  return searched.value.trim();
}

function searchSoon() {
  if (wanted()) search.soon();
}

function showHits(list, said, state, wrong = false) {
  hits.replaceChildren(...list.map(hit => row(hit.dog, element("td", hit.trick ?? "–"))));
  hitsProgress.textContent = state;
  found.classList.toggle("wrong", wrong);
  // Screen readers read it aloud when it changes, so it changes only with the number or the text.
  if (found.textContent !== said) found.textContent = said;
}

// Answers to what was typed before are of no use.
searched.addEventListener("input", () => {
  search.stop();
  if (wanted()) searchSoon();
  else showHits([], "", "");
});

searchSoon(); // the browser may have kept what was typed

document.addEventListener("visibilitychange", () => document.hidden || loadOwnersSoon());

async function send(form, path, body, said, notFound) {
  const answer = form.querySelector(".answer");
  const button = form.querySelector("button");
  button.disabled = true;
  answer.textContent = "";
  try {
    const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    answer.classList.toggle("wrong", !response.ok);
    answer.textContent = response.ok ? said : response.status === 404 && notFound ? notFound : await explain(response);
    if (response.ok) form.reset();
  } catch {
    answer.classList.add("wrong");
    answer.textContent = "The school doesn't answer. Try again.";
  } finally {
    button.disabled = false;
  }
}

// Errors are problem details: a title, and mostly a detail or the fields that are wrong.
async function explain(response) {
  try {
    const problem = await response.json();
    const fields = Object.values(problem.errors ?? {}).flat().join(" ");
    return fields || problem.detail || problem.title || `Error ${response.status}`;
  } catch {
    return `Error ${response.status}`;
  }
}

document.getElementById("register").addEventListener("submit", event => {
  event.preventDefault();
  const { name, owner } = event.target.elements;
  const body = owner.value ? { name: name.value, owner: owner.value } : { name: name.value };
  send(event.target, "/dogs", body, `${name.value} is registered.`);
});

document.getElementById("teach").addEventListener("submit", event => {
  event.preventDefault();
  const { dog, trick } = event.target.elements;
  send(event.target, `/dogs/${encodeURIComponent(dog.value)}/tricks`, { trick: trick.value },
    `${dog.value} has learnt ${trick.value}.`, `No dog is called ${dog.value}.`);
});
