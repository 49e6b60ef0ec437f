// Requests to config-manager; a refusal is an Error with its words.
async function answerOf(response) {
  const body = await response.json();
  if (!response.ok) throw new Error(body.error?.message ?? `HTTP ${response.status}`);
  return body;
}

export const get = async (path) => answerOf(await fetch(path));
export const post = async (path, body) =>
  answerOf(
    await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  );
