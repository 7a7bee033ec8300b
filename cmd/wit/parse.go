package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parseSettings takes a command line apart. Options and arguments may be mixed; after -- everything
// is an argument. negotiate and load pass on what they do not know: plutoplus checks it.
func parseSettings(verb string, args []string) (*settings, error) {
	s := defaults()
	s.raw = append([]string{verb}, args...)
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			s.args = append(s.args, args[i+1:]...)
			return s, nil
		case a == "-h":
			a = "--help"
		case !strings.HasPrefix(a, "-") || a == "-":
			s.args = append(s.args, a)
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(a, "--"), "=")
		o, ok := optionNamed(verb, name)
		if !strings.HasPrefix(a, "--") || !ok {
			if verb == "negotiate" || verb == "load" {
				s.args = append(s.args, a)
				continue
			}
			return nil, unknownOption(verb, a)
		}
		switch {
		case o.value == "" && hasValue:
			return nil, usagef("--%s takes no value", name)
		case o.value != "" && !hasValue:
			if i++; i == len(args) {
				return nil, usagef("--%s needs a value: %s", name, o.value)
			}
			value = args[i]
		}
		if err := o.set(s, value); err != nil {
			return nil, usagef("--%s %q: %v", name, value, rootOf(err))
		}
	}
	return s, nil
}

func optionNamed(verb, name string) (option, bool) {
	for _, o := range options {
		if o.name == name && o.belongsTo(verb) {
			return o, true
		}
	}
	return option{}, false
}

func unknownOption(verb, a string) error {
	name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
	for _, o := range options {
		if o.name == name {
			return usagef("--%s is an option of %s, not of %s", name, strings.Join(strings.Fields(o.verbs), ", "), verb)
		}
	}
	return usagef("%s: unknown option; wit help %s lists them", a, verb)
}

// rootOf takes off what strconv puts before the reason.
func rootOf(err error) error {
	var number *strconv.NumError
	if errors.As(err, &number) {
		return fmt.Errorf("not a number that fits: %w", number.Err)
	}
	return err
}
