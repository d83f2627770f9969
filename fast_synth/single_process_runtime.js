// jsii's own entry point starts a second Node and forwards every message to it. This one runs the second Node's program
// itself: the program reads and writes messages at file descriptor 3, which becomes standard input and output.
'use strict';

const fs = require('fs');

const MESSAGES = 3;
const { readSync, writeSync } = fs;
fs.readSync = (file, ...rest) => readSync(file === MESSAGES ? 0 : file, ...rest);
fs.writeSync = (file, ...rest) => writeSync(file === MESSAGES ? 1 : file, ...rest);

// jsii checks this list, not NODE_OPTIONS, before it links packages as a whole instead of file by file.
const { NODE_OPTIONS = '' } = process.env;
process.execArgv.push(...NODE_OPTIONS.split(' ').filter((option) => option === '--preserve-symlinks'));

// CDKTF records a stack trace for every token. Its frames are jsii's, and useless to the author of a Python program.
const { captureStackTrace } = Error;
Error.captureStackTrace = (target, ...rest) => {
  if (target instanceof Error) captureStackTrace(target, ...rest);
};

// Send the output of JavaScript to Python in the format of jsii's own entry point.
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
