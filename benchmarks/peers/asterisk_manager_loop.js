// A loop on the npm package asterisk-manager: an emitter of events, a callback an order.
//
// `keepConnected` connects again by itself, 10 s after a cut. Calls that ended in between
// are never heard of: their lines come back after `limit_seconds`. What is known is
// appended to a file, as the loops of Python do it (record.py).
'use strict';

const fs = require('fs');
const { randomUUID } = require('crypto');
const Manager = require('asterisk-manager');

const CAUSES = {
  1: 'unallocated',
  17: 'busy',
  18: 'no_answer',
  19: 'no_answer',
  20: 'unreachable',
  21: 'rejected',
  34: 'congestion',
  38: 'congestion',
  42: 'congestion',
};

const order = JSON.parse(fs.readFileSync(0, 'utf8'));
const known = { key: {}, outcome: {} };
recall();
const waiting = order.numbers.filter((n) => !known.outcome[n] && !known.key[n]).reverse();
const live = new Map();

const ami = new Manager(order.port, order.host, order.user, order.secret, true);
ami.keepConnected();
ami.on('hangup', (event) => free(event.uniqueid, event.cause));
ami.on('originateresponse', answered);
ami.on('userevent', told);
setTimeout(finish, 1000 * order.seconds);
for (let line = 0; line < order.lines; line += 1) ringNext();

function ringNext() {
  if (!waiting.length) {
    if (!live.size) finish();
    return;
  }
  const number = waiting.pop();
  const attempt = randomUUID();
  live.set(attempt, { number, answered: false, patience: within(attempt, order.limit_seconds) });
  ami.action({
    action: 'originate',
    actionid: attempt,
    channelid: attempt,
    channel: order.channel.replace('NUMBER', number),
    context: order.context,
    exten: 's',
    priority: 1,
    callerid: order.caller_id,
    timeout: 1000 * order.ring_seconds,
    codecs: 'alaw',
    earlymedia: 'false',
    async: 'true',
    variable: {
      ...order.variables,
      AUT_ATTEMPT: attempt,
      AUT_CAMPAIGN: order.campaign,
      AUT_RECIPIENT: number.replace('+', ''),
    },
  });
}

function within(attempt, seconds) {
  return setTimeout(() => free(attempt, ''), 1000 * seconds);
}

function answered(event) {
  const call = live.get(event.actionid);
  if (!call) return;
  call.answered = event.response === 'Success';
  if (!call.answered) { // it may have no Hangup
    clearTimeout(call.patience);
    call.patience = within(event.actionid, 1);
  }
}

function told(event) {
  const call = live.get(event.attempt);
  if (!call || event.fact !== 'key') return;
  note('key', call.number, event.key);
  ami.action({
    action: 'setvar',
    channel: event.attempt,
    variable: 'AUT_COMMITTED',
    value: event.seq,
  });
}

function free(attempt, cause) {
  const call = live.get(attempt);
  if (!call) return;
  live.delete(attempt);
  clearTimeout(call.patience);
  let word = CAUSES[cause] || 'failed';
  if (known.key[call.number]) word = 'acknowledged';
  else if (call.answered) word = 'answered_no_key';
  note('outcome', call.number, word);
  ringNext();
}

function note(what, number, value) {
  known[what][number] = value;
  fs.appendFileSync(order.record, `${JSON.stringify([what, number, value])}\n`);
}

function recall() {
  if (!fs.existsSync(order.record)) return;
  for (const line of fs.readFileSync(order.record, 'utf8').split('\n')) {
    try {
      const [what, number, value] = JSON.parse(line);
      known[what][number] = value;
    } catch {
      // torn when the loop was killed
    }
  }
}

function finish() {
  ami.disconnect();
  console.log(JSON.stringify({ keys: known.key, outcomes: known.outcome }));
  process.exit(0);
}
