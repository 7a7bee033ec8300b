package main

import (
	"errors"
	"fmt"

	"ikewit/harness/capture"
	"ikewit/harness/report"
)

var decodeVerb = verb{
	name: "decode", args: "FILE...", help: "read captures: every message, decrypted and checked where there are keys",
	details: `
FILE is pcap, pcapng (also compressed) or one bare message. With --json a line for each ISAKMP message:
frame icookie rcookie next_payload version exchange flags msgid length payloads, and decrypted with --keys.
A bundle of evidence has its keys beside it: wit decode --keys DIR/keys.json DIR/wire.pcapng`,
	run: program.decode,
}

// decode shows every file that it can read; what a file holds that makes no sense is told, and is no reason to
// stop. The status is 1 then, and 2 for a file that is none.
func (p program) decode(s *settings) (int, error) {
	if len(s.args) == 0 {
		return report.ExitUsage, usagef("decode what? Name a capture")
	}
	show := capture.DecodeFileText
	if s.json {
		show = capture.DecodeFile
	}
	exit := report.ExitGood
	for i, file := range s.args {
		if len(s.args) > 1 && !s.json {
			if i > 0 {
				fmt.Fprintln(p.out)
			}
			fmt.Fprintf(p.out, "%s\n", file)
		}
		err := show(file, s.keys, p.out)
		var problems capture.Problems
		switch {
		case errors.As(err, &problems):
			fmt.Fprintln(p.err, problems)
			exit = max(exit, report.ExitFailed)
		case err != nil:
			fmt.Fprintf(p.err, "wit: %v\n", err)
			exit = report.ExitUsage
		}
	}
	return exit, nil
}
