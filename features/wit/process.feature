@process @netns
Feature: plutoplus as a process: what a user sees

  The same program with a process around it: its streams, its signals, its exit status. Nobody looks into it, so what is
  judged is what it prints, how it exits, and what crosses the wire.

  @PP-04 @PP-05 @PP-06 @PP-29
  Scenario Outline: Case 10 as two processes, <options>
    Given two hosts
    And alice runs plutoplus as a process with "<options>"
    And bob runs plutoplus as a process with "<options>"
    When alice initiates
    Then both sides succeed
    And the messages on the wire are "MI1 MR1 MI2 MR2 MI3 MR3 QI1 QR1 QI2"
    When alice pings bob 3 times
    Then bob got 3 pings
    And nothing crossed the wire in clear
    And both sides exit with 0

    Examples:
      | options                   |
      | -e 3 -a 2                 |
      | -3 -s -e 7 -k 56 -a 3 -tf |

  @PP-27 @PP-29
  Scenario: Case 14 as two processes: different secrets, and neither exits with 0
    Given two hosts
    And alice knows the secret "one"
    And bob knows the secret "another"
    And alice runs plutoplus as a process with "--timeout 1"
    And bob runs plutoplus as a process with "--timeout 1"
    When alice initiates
    Then alice and bob exchanged MI3
    And neither side exits with 0

  @PP-29
  Scenario: Case 13 as a process: nobody calls
    Given two hosts
    And bob runs plutoplus as a process with "--timeout 1"
    When bob waits
    Then bob exits with 3
    And bob prints: WIT: TIMEOUT

  @PP-29
  Scenario Outline: <signal> while it waits: exit <status>
    Given two hosts
    And bob runs plutoplus as a process with "--timeout 9"
    When bob listens
    And bob gets <signal>
    Then bob exits with <status>
    And bob prints: WIT: FAILED: interrupted by <signal>

    Examples:
      | signal  | status |
      | SIGINT  | 130    |
      | SIGTERM | 143    |

  @PP-33
  Scenario: A usage error as a process
    Given two hosts
    And bob runs plutoplus as a process with "-e 6"
    When bob waits
    Then bob exits with 1
    And bob complains: plutoplus: -e: invalid encryption algorithm "6"
