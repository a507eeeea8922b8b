/** Preloaded into a measured process (`node --import`): at its end, writes its peak resident memory in MiB as the last line of stderr. */
process.on('exit', () => {
  process.stderr.write(`peak-memory-mib ${(process.resourceUsage().maxRSS / 1024).toFixed(0)}\n`);
});
