// What a program does that knows nothing but OpenAI's client library. Arguments: the base URL, and what to ask: features or image.
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [baseURL, what] = process.argv.slice(2);
const picture =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAU0lEQVR42gFIALf/AAAECAwQFBgcACAkKCwwNDg8AEBESExQVFhcAGBkaGxwdHh8AICEiIyQlJicAKCkqKywtLi8AMDEyMzQ1NjcAODk6Ozw9Pj87yYfgdDmfgYAAAAASUVORK5CYII=';
const client = new OpenAI({ baseURL, apiKey: 'not-needed', maxRetries: 0 });
const ask = (content, more = {}) => client.chat.completions.create({ model: 'radiology-v1', messages: [{ role: 'user', content }], ...more });

async function streamed(content) {
  let text = '';
  let reason = null;
  for await (const chunk of await ask(content, { stream: true })) {
    text += chunk.choices[0]?.delta?.content ?? '';
    reason = chunk.choices[0]?.finish_reason ?? reason;
  }
  assert.equal(reason, 'stop');
  return text;
}

const models = [];
for await (const model of client.models.list()) {
  models.push(model.id);
}
assert.deepEqual(models, ['radiology-v1']);
assert.equal((await client.models.retrieve('radiology-v1')).id, 'radiology-v1');

// Without any input the answer says what is expected.
const expected = (await ask('Classify this scan.')).choices[0].message.content;
const input = what === 'image'
  ? [{ type: 'text', text: 'Classify this scan.' }, { type: 'image_url', image_url: { url: picture } }]
  : '{"age": 63, "chol": 233, "cp": "3"}';
const whole = await ask(input);
assert.equal(whole.object, 'chat.completion');
assert.equal(whole.choices[0].finish_reason, 'stop');
assert.equal(await streamed(input), whole.choices[0].message.content);

const json = JSON.parse((await ask(input, { response_format: { type: 'json_object' } })).choices[0].message.content);
const probabilities = Object.values(json.predictions[0].probabilities);
assert.ok(Math.abs(probabilities.reduce((sum, value) => sum + value, 0) - 1) < 1e-5);
await assert.rejects(ask('1,2,3', { model: 'another' }), OpenAI.NotFoundError);

console.log(`Expected: ${expected.replaceAll('\n', ' ')}`);
console.log(`Answer: ${whole.choices[0].message.content.replaceAll('\n', ' ')}`);
