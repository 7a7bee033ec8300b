Feature: The command line of plutoplus

  A command line that makes no sense is refused before any socket or file is opened: one line that
  names the option, then the usage text, exit status 1. The rules are those of PlutoPlus(8).

  @PP-01
  Scenario: Case 1: -h prints the usage text and exits
    When plutoplus is run with "-h"
    Then it exits with 0
    And it prints: usage: plutoplus
    And it prints nothing on stderr
    And every option has a line in the usage text

  @PP-01
  Scenario: --version prints the version and exits
    When plutoplus is run with "--version"
    Then it exits with 0
    And it prints nothing on stderr

  @PP-33
  Scenario Outline: Rule <rule>: plutoplus <options>
    When plutoplus is run with "<options>"
    Then it exits with 1
    And it complains: <text>
    And the usage text follows on stderr
    And it prints nothing on stdout

    @PP-11
    Examples: authentication
      | rule | options                 | text                                      |
      | 1    | --wit -d 192.0.2.2 -a 4 | -a: invalid authentication algorithm "4"  |
      | 1    | -a 1                    | -a: invalid authentication algorithm "1"  |
      | 1    | -a 2x                   | -a: invalid authentication algorithm "2x" |
      | 1    | -a +2                   | -a: invalid authentication algorithm "+2" |

    @PP-12
    Examples: encryption
      | rule | options | text                                                |
      | 2    | -e 6    | -e: invalid encryption algorithm "6"                |
      | 2    | -e 0    | -e: invalid encryption algorithm "0"                |
      | 2    | -e 12   | -e: invalid encryption algorithm "12"               |
      | 2    | -e 3des | -e: invalid encryption algorithm "3des"             |
      | 15   | -e 11   | -e: ESP_NULL needs an authentication algorithm (-a) |

    @PP-26
    Examples: output levels
      | rule | options                 | text                         |
      | 3    | --debug -b 8            | -b: invalid output level "8" |
      | 3    | --debug -b 0            | -b: invalid output level "0" |
      | 3    | --wit -d 192.0.2.2 -b x | -b: invalid output level "x" |

    @PP-14
    Examples: key lengths
      | rule | options    | text                                            |
      | 4    | -e 3 -k 24 | -k: key length applies to RC5 and BLOWFISH only |
      | 4    | -a 2 -k 16 | -k: key length applies to RC5 and BLOWFISH only |
      | 4    | -k 8       | -k: key length applies to RC5 and BLOWFISH only |
      | 5    | -e 4 -k 8  | -k: invalid RC5 key length "8"                  |
      | 5    | -e 4 -k 21 | -k: invalid RC5 key length "21"                 |
      | 6    | -e 7 -k 57 | -k: invalid BLOWFISH key length "57"            |
      | 6    | -e 7 -k 4  | -k: invalid BLOWFISH key length "4"             |

    @PP-15
    Examples: IV lengths
      | rule | options    | text                              |
      | 7    | -v 4       | -v: invalid IV length "4"         |
      | 7    | -e 3 -v 16 | -v: invalid IV length "16"        |
      | 8    | -a 2 -v 8  | -v: IV length applies to ESP only |

    @PP-19
    Examples: gateways
      | rule | options                              | text                                       |
      | 9    | -g 192.0.2.2                         | -g: gateway address is for WIT mode only   |
      | 9    | --debug -t -g 192.0.2.2              | -g: gateway address is for WIT mode only   |
      | 10   | --wit -d 192.0.2.2 -g 192.0.2.2      | -g: gateway address needs tunnel mode (-t) |
      | 19   | --wit -t -d 192.0.2.2 -g 2001:db8::2 | -g: address family differs from -d         |
      | 19   | --wit -t -d 2001:db8::2 -g 192.0.2.2 | -g: address family differs from -d         |

    @PP-18
    Examples: destinations
      | rule | options          | text                                                  |
      | 11   | --wit            | -d: destination address must be specified in WIT mode |
      | 11   | --wit -i         | -d: destination address must be specified in WIT mode |
      | 12   | -i               | -d: destination address must be specified with -i     |
      | 12   | --debug -i       | -d: destination address must be specified with -i     |
      | -d   | --wit -d ../x    | -d: invalid address "../x"                            |
      | -d   | --wit -d .hidden | -d: invalid address ".hidden"                         |

    @PP-22
    Examples: ports
      | rule | options  | text                            |
      | 13   | -p 0     | -p: invalid port number "0"     |
      | 13   | -p 65536 | -p: invalid port number "65536" |
      | 13   | -p ike   | -p: invalid port number "ike"   |

    @PP-20 @PP-21
    Examples: lifetimes
      | rule | options       | text                              |
      | 14   | -l 0          | -l: invalid lifetime "0"          |
      | 14   | -l 4294967296 | -l: invalid lifetime "4294967296" |
      | 14   | -m 0          | -m: invalid lifetime "0"          |
      | 14   | -m 1k         | -m: invalid lifetime "1k"         |
      | 14   | -o 0          | -o: invalid lifetime "0"          |
      | 14   | -o -1         | -o: invalid lifetime "-1"         |

    @PP-01
    Examples: the syntax
      | rule      | options         | text                           |
      | 20        | -x              | unknown option "x"             |
      | 20        | --nonsense      | unknown option "--nonsense"    |
      | 20        | -fz             | unknown option "z"             |
      | 21        | -a              | option -a requires an argument |
      | 21        | --debug -fi3 -l | option -l requires an argument |
      | left over | left over       | unexpected argument "left"     |

  @PP-33
  Scenario Outline: Case 7: plutoplus <options> is a usage error
    When plutoplus is run with "<options>"
    Then it exits with 1
    And the usage text follows on stderr

    Examples:
      | options    |
      | -e 4 -k 8  |
      | -e 3 -k 24 |
      | -e 7 -k 57 |
      | -a 4       |
      | -e 6       |
      | -v 4       |

  @PP-18 @PP-33
  Scenario: Case 8: --wit without -d
    When plutoplus is run with "--wit"
    Then it exits with 1
    And it complains: -d: destination address must be specified in WIT mode

  @PP-19 @PP-33
  Scenario: Case 9: -g without --wit
    When plutoplus is run with "-g 192.0.2.2"
    Then it exits with 1
    And it complains: -g: gateway address is for WIT mode only
