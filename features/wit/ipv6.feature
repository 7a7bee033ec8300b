Feature: The same over IPv6

  @ipv6 @PP-04 @PP-12 @IPS-ESP-01 @IKE1-QID-04 @positive @must
  Scenario Outline: IPv6: <options>, <initiator> initiates
    Given two hosts over IPv6
    And both run plutoplus with "<options>"
    When <initiator> initiates
    Then both sides succeed
    And the SAs agree with the wire
    And traffic passes in the SAs only
    And both sides exit with 0

    Examples: ESP
      | options            | initiator |
      |                    | alice     |
      | -e 1               | bob       |
      | -e 2 -a 3          | alice     |
      | -e 3 -a 2 -t       | bob       |
      | -e 3 -a 3 -f       | alice     |
      | -e 4 -k 20 -a 2    | bob       |
      | -e 5 -a 3 -t       | alice     |
      | -e 7 -k 56 -a 2    | bob       |
      | -e 11 -a 3 -t -f   | alice     |
      | -3 -s -e 3 -a 3 -t | bob       |

    @IPS-AH-01 @IPS-AH-08
    Examples: AH
      | options    | initiator |
      | -a 2       | alice     |
      | -a 3       | bob       |
      | -a 2 -t    | bob       |
      | -a 3 -t -f | alice     |

  @ipv6 @PP-19
  Scenario: IPv6: a gateway on behalf of a host
    Given the topology "gateways6"
    And alice runs plutoplus as "--wit -t -g {bob} -d {dave} -e 3 -a 3"
    And bob runs plutoplus as "--wit -t -d {alice} -e 3 -a 3"
    When alice initiates
    Then both sides succeed
    And the SAs agree with the wire
    And traffic passes in the SAs only between alice and dave
