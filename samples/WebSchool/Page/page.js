"use strict";

// What people typed only ever becomes text, never markup.
const most = 200;
const log = document.getElementById("log");
const dogs = document.getElementById("dogs");
const connection = document.getElementById("connection");
const names = new Map();

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

// The browser connects again by itself, and asks for what came after the last event that it has seen.
const live = new EventSource("/log/live");
live.addEventListener("open", () => connection.textContent = "Live");
live.addEventListener("error", () =>
  connection.textContent = live.readyState === EventSource.CLOSED ? "Disconnected: load the page anew." : "Connecting again …");
live.addEventListener("recorded", message => show(JSON.parse(message.data)));

function show(event) {
  if (event.name !== undefined) {
    names.set(event.dog, event.name);
    const option = document.createElement("option");
    option.value = event.name;
    dogs.append(option);
  }

  const dog = names.get(event.dog) ?? "A dog";
  const time = element("time", new Date(event.time).toLocaleTimeString());
  time.dateTime = event.time;
  const line = document.createElement("li");
  line.append(
    element("span", event.position, "position"),
    element("span", event.trick === undefined ? `${dog} was registered.` : `${dog} learnt ${event.trick}.`),
    time);
  log.prepend(line);
  if (log.children.length > most) log.lastElementChild.remove();
}

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
