package plutoplus

import (
	"fmt"
	"strings"
)

// given is what stands on a command line, by the name of the option: every value in order, or "" for
// each time that a flag stands there.
type given map[string][]string

func (g given) has(name string) bool { return len(g[name]) > 0 }

// last is the value that wins.
func (g given) last(name string) (text string, ok bool) {
	if list := g[name]; len(list) > 0 {
		return list[len(list)-1], true
	}
	return "", false
}

// scan takes a command line apart in the traditional style: flags may be clustered, a value may
// be attached or be the next word. -h and --version end it where they stand. Rules 20 and 21.
func scan(args []string) (given, error) {
	g := given{}
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		var err error
		switch {
		case word == "--":
			if len(args) > 0 {
				return nil, usagef("unexpected argument %q", args[0])
			}
		case strings.HasPrefix(word, "--"):
			args, err = g.long(word[2:], args)
		case len(word) > 1 && word[0] == '-':
			args, err = g.cluster(word[1:], args)
		default:
			return nil, usagef("unexpected argument %q", word)
		}
		switch {
		case err != nil:
			return nil, err
		case g.has("-h"):
			return nil, ErrHelp
		case g.has("--version"):
			return nil, ErrVersion
		}
	}
	return g, nil
}

// long takes --name, --name=value or --name value, and gives what remains of the words.
func (g given) long(word string, args []string) ([]string, error) {
	name, value, attached := strings.Cut(word, "=")
	o := find(func(o *option) bool { return o.long == name })
	switch {
	case o == nil:
		return nil, usagef("unknown option %q", "--"+name)
	case o.value == "" && attached:
		return nil, usagef("option --%s takes no argument", name)
	case o.value == "" || attached || o.optional:
	case len(args) == 0:
		return nil, usagef("option --%s requires an argument", name)
	default:
		value, args = args[0], args[1:]
	}
	if o.optional && attached && value == "" {
		return nil, usagef("option --%s= requires an argument", name)
	}
	g[o.name()] = append(g[o.name()], value)
	return args, nil
}

// cluster takes the letters of one word, of which the last may have a value.
func (g given) cluster(letters string, args []string) ([]string, error) {
	for i := range letters {
		letter := letters[i : i+1]
		o := find(func(o *option) bool { return o.short == letter })
		if o == nil {
			return nil, usagef("unknown option %q", string([]rune(letters[i:])[:1]))
		}
		if o.value == "" {
			g[o.name()] = append(g[o.name()], "")
			if letter == "h" {
				return args, nil
			}
			continue
		}
		value := letters[i+1:]
		if value == "" {
			if len(args) == 0 {
				return nil, usagef("option -%s requires an argument", letter)
			}
			value, args = args[0], args[1:]
		}
		g[o.name()] = append(g[o.name()], value)
		return args, nil
	}
	return args, nil
}

func find(fits func(*option) bool) *option {
	for i := range options {
		if fits(&options[i]) {
			return &options[i]
		}
	}
	return nil
}

func usagef(format string, args ...any) error {
	return &UsageError{fmt.Sprintf(format, args...)}
}
