// Runs several compiled tests in this process, one after the other, for scripts/test.js: each process that is not started saves half
// a second, in which it loads tap and the modules that all tests have in common.
for (const file of JSON.parse(process.env.TEST_FILES)) await import(file);
