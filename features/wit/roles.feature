Feature: WIT mode: one negotiation, its end and its exit status

  @PP-04 @PP-05 @PP-06 @PP-29 @IKE1-MM-01 @IKE1-MM-02 @IKE1-QPR-15 @positive @must
  Scenario Outline: Case 10: --wit -i -d A against --wit -d B, <initiator> initiates
    Given two hosts
    And both run plutoplus with ""
    When <initiator> initiates
    Then both sides succeed
    And alice prints: WIT: SUCCESS
    And bob prints: WIT: SUCCESS
    And the SAs agree with the wire
    And traffic passes in the SAs only
    And both sides exit with 0

    Examples:
      | initiator |
      | alice     |
      | bob       |

  @PP-24 @PP-10 @PP-28 @PP-29 @IKE1-PRP-17 @negative @must
  Scenario: Case 11: the responder has -s: NO-PROPOSAL-CHOSEN, and both exit with 2
    Given two hosts
    And alice runs plutoplus with ""
    And bob runs plutoplus with "-s"
    When alice initiates
    Then bob notifies NO-PROPOSAL-CHOSEN in clear
    And bob prints: proposal mismatch: hash: expected sha1, received md5
    And both sides exit with 2
    And no SA is left

  @PP-10 @PP-16 @PP-28 @PP-29 @IKE1-QPR-08 @negative @must
  Scenario: Case 12: the responder lacks -f: phase 2 is refused, and both exit with 2
    Given two hosts
    And alice runs plutoplus with "-f"
    And bob runs plutoplus with ""
    When alice initiates
    Then bob notifies NO-PROPOSAL-CHOSEN under protection
    And bob prints: proposal mismatch: PFS
    And both sides exit with 2
    And no SA is left

  @PP-29
  Scenario: Case 13: nobody calls: exit 3 after the time of --timeout
    Given two hosts
    And bob runs plutoplus with "--timeout 1"
    When bob waits
    Then bob exits with 3
    And bob prints: WIT: TIMEOUT
    And bob complains: timeout: no message from 192.0.2.1 for 1 seconds
    And 1 to 3 seconds have passed

  @PP-29
  Scenario: Case 13 from the other side: nobody answers
    Given two hosts
    And alice runs plutoplus with "--timeout 1"
    When alice initiates alone
    Then alice exits with 3
    And alice prints: WIT: TIMEOUT
    And the messages on the wire are "MI1"
    And no SA is left

  @PP-27 @PP-31 @IKE1-MM-05 @negative @must
  Scenario Outline: Case 14: different secrets: phase 1 fails, <initiator> initiates with <options>
    Given two hosts
    And alice knows the secret "one"
    And bob knows the secret "another"
    And both run plutoplus with "<options>"
    When <initiator> initiates
    Then bob and alice exchanged MI3
    And neither side exits with 0
    And no SA is left

    Examples:
      | options        | initiator |
      | --timeout 1    | alice     |
      | -3 --timeout 1 | bob       |

  @PP-10 @PP-28 @PP-29 @IKE1-PRP-17 @negative @must
  Scenario Outline: A phase 1 that differs is refused: <initiator options> against <responder options>
    Given two hosts
    And alice runs plutoplus with "<initiator options>"
    And bob runs plutoplus with "<responder options>"
    When alice initiates
    Then bob notifies NO-PROPOSAL-CHOSEN in clear
    And bob prints: proposal mismatch: <mismatch>
    And both sides exit with 2
    And no SA is left

    Examples:
      | initiator options | responder options | mismatch                                    |
      | -s                |                   | hash: expected md5, received sha1           |
      | -3                |                   | cipher: expected des, received 3des         |
      |                   | -3                | cipher: expected 3des, received des         |
      | --group 1         |                   | group: expected modp1024, received modp768  |
      | --group 2         | --group 5         | group: expected modp1536, received modp1024 |

  @PP-10 @PP-28 @PP-29 @IKE1-QPR-08 @negative @must
  Scenario Outline: A phase 2 that differs is refused: <initiator options> against <responder options>
    Given two hosts
    And alice runs plutoplus with "<initiator options>"
    And bob runs plutoplus with "<responder options>"
    When alice initiates
    Then bob notifies NO-PROPOSAL-CHOSEN under protection
    And bob prints: proposal mismatch: <mismatch>
    And both sides exit with 2
    And no SA is left

    Examples:
      | initiator options | responder options | mismatch           |
      | -e 3 -a 2         | -e 2 -a 2         | cipher             |
      | -e 3 -a 2         | -e 3 -a 3         | authentication     |
      | -e 3              | -e 3 -a 3         | authentication     |
      | -a 2              | -e 3 -a 2         | protocol           |
      | -e 3 -a 2         | -a 2              | protocol           |
      | -e 4 -k 5         | -e 4 -k 16        | key length         |
      | -e 7 -k 8         | -e 7 -k 9         | key length         |
      | -t                |                   | encapsulation mode |
      |                   | -t                | encapsulation mode |
      |                   | -f                | PFS                |

  @PP-10
  Scenario: Lifetimes that differ are noted and not fatal
    Given two hosts
    And alice runs plutoplus with "-l 600 -m 100 -o 900"
    And bob runs plutoplus with "-l 1200"
    When alice initiates
    Then both sides succeed
    And the SAs agree with the wire
    And traffic passes in the SAs only
    And both sides exit with 0

  @PP-04
  Scenario: Without --hold both sides end by themselves
    Given two hosts
    And both run plutoplus with "--timeout 1"
    And nobody holds
    When alice initiates
    Then both sides exit with 0
    And alice prints: WIT: SUCCESS
    And bob prints: WIT: SUCCESS

  @PP-10
  Scenario: WIT: a peer that is neither -d nor -g is ignored, and the wait goes on
    Given two hosts
    And bob runs plutoplus as "--wit -d 192.0.2.77 --timeout 1"
    And alice runs plutoplus with "--timeout 1"
    When alice initiates
    Then alice and bob exchanged MI1
    And bob sent nothing
    And bob exits with 3
