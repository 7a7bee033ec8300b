@sim @ikev1
Feature: Retransmission

  Every single message is lost, repeated or late once. The negotiation ends as if nothing had happened,
  and whoever says a message again says it octet for octet.

  @IKE1-RTX-01 @IKE1-RTX-04 @IKE1-RTX-07 @IKE1-RTX-08 @behaviour @must
  Scenario Outline: <message> is lost <times>
    Given alice and bob in the simulator
    And the link from <from> to <to> loses "<lost>"
    When alice starts to negotiate
    Then <from> sent <message> <sent> times
    And both sides have an SA pair
    And the SAs agree with the wire

    Examples:
      | message | from  | to    | times | lost    | sent |
      | MI1     | alice | bob   | once  | MI1     | 2    |
      | MI1     | alice | bob   | twice | MI1 MI1 | 3    |
      | MR1     | bob   | alice | once  | MR1     | 2    |
      | MI2     | alice | bob   | once  | MI2     | 2    |
      | MR2     | bob   | alice | once  | MR2     | 2    |
      | MI3     | alice | bob   | once  | MI3     | 2    |
      | MR3     | bob   | alice | once  | MR3     | 2    |
      | QI1     | alice | bob   | once  | QI1     | 2    |
      | QR1     | bob   | alice | once  | QR1     | 3    |
      | QI2     | alice | bob   | once  | QI2     | 2    |

  @IKE1-RTX-05 @IKE1-RTX-06 @IKE1-RTX-08 @IKE1-RTX-09 @IKE1-RTX-10 @IKE1-RTX-11 @behaviour @must
  Scenario Outline: <message> arrives twice
    Given alice and bob in the simulator
    And the link from <from> to <to> repeats "<message>"
    When alice starts to negotiate
    Then <from> sent <message> 1 time
    And both sides have an SA pair
    And the SAs agree with the wire

    Examples:
      | message | from  | to    |
      | MI1     | alice | bob   |
      | MR1     | bob   | alice |
      | MI2     | alice | bob   |
      | MR2     | bob   | alice |
      | MI3     | alice | bob   |
      | MR3     | bob   | alice |
      | QI1     | alice | bob   |
      | QR1     | bob   | alice |
      | QI2     | alice | bob   |

  @IKE1-RTX-04 @IKE1-RTX-06 @IKE1-RTX-07 @IKE1-RTX-08 @IKE1-RTX-09 @IKE1-RTX-10 @behaviour @must
  Scenario Outline: <answer> is lost, and comes again when <message> does, before anybody's patience ends
    Given alice and bob in the simulator
    And the link from <from> to <to> repeats "<message>"
    And the link from <to> to <from> loses "<answer>"
    When alice starts to negotiate
    Then <to> sent <answer> 2 times
    And <from> sent <message> 1 time
    And the last message was sent within 3s
    And both sides have an SA pair
    And the SAs agree with the wire

    Examples:
      | message | from  | to    | answer |
      | MI1     | alice | bob   | MR1    |
      | MR1     | bob   | alice | MI2    |
      | MI2     | alice | bob   | MR2    |
      | MR2     | bob   | alice | MI3    |
      | MI3     | alice | bob   | MR3    |
      | QI1     | alice | bob   | QR1    |
      | QR1     | bob   | alice | QI2    |

  @IKE1-RTX-01 @IKE1-RTX-03 @behaviour @must
  Scenario: Nobody answers: three sends, then it is over
    Given alice and bob in the simulator
    And the link from alice to bob loses "MI1 MI1 MI1"
    When alice starts to negotiate
    Then alice sent MI1 3 times
    And alice gives up: no answer from the peer
    And no SA is left

  @IKE1-RTX-04 @behaviour @must
  Scenario: Nobody answers in phase 2: three sends, and phase 1 stays usable
    Given alice and bob in the simulator
    And the link from alice to bob loses "QI1 QI1 QI1"
    When alice starts to negotiate
    Then alice sent QI1 3 times
    And alice gives up: no answer from the peer
    When alice starts to negotiate
    Then alice sent MI1 1 time
    And both sides have an SA pair

  @IKE1-RTX-14 @IKE1-RTX-15 @IKE1-RTX-16 @negative @must
  Scenario Outline: <message> comes again when all is over: nothing comes of it
    Given alice and bob in the simulator
    And both use "dpd on"
    And alice uses "dpd 60s"
    When alice starts to negotiate
    And alice's <message> comes again from port 500 to port 500
    Then bob answers none of it
    And bob holds 2 SAs
    When alice starts to negotiate
    Then alice sent MI1 1 time
    And bob holds 4 SAs
    And the SAs agree with the wire

    Examples:
      | message |
      | MI1     |
      | MI2     |
      | MI3     |
      | QI1     |
      | QI2     |
      | INFO    |

  @IKE1-RTX-13 @behaviour @must
  Scenario: A notification is said once
    Given alice and bob in the simulator
    And alice uses "esp 3des-md5"
    And bob uses "esp 3des-sha1"
    When alice starts to negotiate
    Then bob notifies NO-PROPOSAL-CHOSEN under protection
    And bob sent INFO 1 time
    And no SA is left
