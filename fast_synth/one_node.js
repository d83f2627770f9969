// jsii's own entry starts a second Node and hands every message on to it, there and back. This one does the work itself:
// the messages, which the work reads and writes at 3, are those of standard input and output.
'use strict';

const fs = require('fs');

const MESSAGES = 3;
const { readSync, writeSync } = fs;
fs.readSync = (file, ...rest) => readSync(file === MESSAGES ? 0 : file, ...rest);
fs.writeSync = (file, ...rest) => writeSync(file === MESSAGES ? 1 : file, ...rest);

// jsii looks here, and not at NODE_OPTIONS, for whether packages can be linked as a whole instead of file by file.
const { NODE_OPTIONS = '' } = process.env;
process.execArgv.push(...NODE_OPTIONS.split(' ').filter((option) => option === '--preserve-symlinks'));

// CDKTF notes for every token where it was made, in frames of jsii, which tell nobody who writes Python anything.
const { captureStackTrace } = Error;
Error.captureStackTrace = (target, ...rest) => {
  if (target instanceof Error) captureStackTrace(target, ...rest);
};

// What JavaScript prints goes to Python as that other Node would send it.
for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, encoding, written) => {
    const bytes = Buffer.from(chunk, typeof encoding === 'string' ? encoding : undefined);
    writeSync(2, `${JSON.stringify({ [name]: bytes.toString('base64') })}\n`);
    const done = typeof encoding === 'function' ? encoding : written;
    if (done) process.nextTick(done);
    return true;
  };
}

require('./program.js');
