Feature: Lifetimes

  @PP-20 @IPS-LIFE-04 @behaviour @must
  Scenario Outline: The SAs of both sides carry the shorter lifetime: <initiator options> and <responder options>
    Given two hosts
    And alice runs plutoplus with "<initiator options>"
    And bob runs plutoplus with "<responder options>"
    When alice initiates
    Then both sides succeed
    And the SAs of bob live <seconds> seconds and <kilobytes> kilobytes
    And traffic passes in the SAs only

    Examples:
      | initiator options | responder options | seconds | kilobytes |
      |                   |                   | 28800   | 32767     |
      | -l 600 -m 100     | -l 600 -m 100     | 600     | 100       |
      | -l 600            | -l 900            | 600     | 32767     |
      | -l 900 -m 500     | -l 600 -m 100     | 600     | 100       |

  @PP-20 @IPS-LIFE-03 @behaviour @must
  Scenario: An SA whose kilobytes are used up carries nothing more, and nothing goes in clear
    Given two hosts
    And both run plutoplus with "-m 4"
    When alice initiates
    And alice pings bob 12 times with 1000 octets
    Then alice got at least 1 answer and not all
    And nothing crossed the wire in clear

  @PP-20 @IPS-LIFE-02 @behaviour @must
  Scenario: An SA whose seconds are over carries nothing more, and nothing goes in clear
    Given two hosts
    And both run plutoplus with "-l 1"
    When alice initiates
    And alice pings bob until 2s after the SAs were made
    Then alice got at least 1 answer and not all
    And nothing crossed the wire in clear
