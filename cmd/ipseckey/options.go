package main

import (
	"errors"

	"ikewit/impl/ipseckey"
)

// options are what stands on the command line before the command.
type options struct {
	ipseckey.Options
	load, save string // -f and -s
	loads      bool
	saves      bool
	command    []string
}

// table has a row for each option: a flag sets something, any other takes a value.
var table = map[byte]struct {
	flag  func(*options)
	value func(*options, string)
}{
	'n': {flag: func(o *options) { o.Numeric = true }},
	'p': {flag: func(o *options) { o.Paranoid = true }},
	'v': {flag: func(o *options) { o.Verbose = true }},
	'f': {value: func(o *options, v string) { o.load, o.loads = v, true }},
	's': {value: func(o *options, v string) { o.save, o.saves = v, true }},
}

var errUsage = errors.New("usage")

// parse takes the command line apart: flags may be clustered, a value attached; the first word that is no
// option begins the command.
func parse(args []string) (*options, error) {
	o := &options{}
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		word := args[0]
		args = args[1:]
		if word == "--" {
			break
		}
		rest, err := o.cluster(word[1:], args)
		if err != nil {
			return nil, err
		}
		args = rest
	}
	o.command = args
	if o.loads && o.saves || (o.loads || o.saves) && len(args) > 0 {
		return nil, errUsage
	}
	return o, nil
}

// cluster takes the letters of one word, and the next word if the last letter wants a value.
func (o *options) cluster(letters string, args []string) ([]string, error) {
	for i := range len(letters) {
		row, ok := table[letters[i]]
		switch {
		case !ok:
			return nil, errUsage
		case row.flag != nil:
			row.flag(o)
			continue
		case i+1 < len(letters):
			row.value(o, letters[i+1:])
			return args, nil
		case len(args) == 0:
			return nil, errUsage
		}
		row.value(o, args[0])
		return args[1:], nil
	}
	return args, nil
}
