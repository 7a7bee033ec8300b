Feature: -g: a gateway on behalf of a host

  @PP-17 @PP-18 @PP-19 @IPS-TUN-01 @positive @must
  Scenario Outline: Case 18: --wit -i -t -g G -d D: packets go to G, IDcr is D, the secrets file is named after D; <options>
    Given the topology "gateways"
    And alice runs plutoplus as "--wit -t -g {bob} -d {dave} <options>"
    And bob runs plutoplus as "--wit -t -d {alice} <options>"
    When alice initiates
    Then both sides succeed
    And alice's IDcr is the address of dave
    And alice's IDci is the address of alice
    And all messages travel between alice and bob
    And the SAs agree with the wire
    And traffic passes in the SAs only between alice and dave
    And both sides exit with 0

    Examples:
      | options      |
      |              |
      | -e 3 -a 3 -f |
      | -e 11 -a 2   |
      | -a 3         |

  @PP-10 @PP-19 @PP-28 @IKE1-QID-06 @negative @should
  Scenario: The responder is there for another host than the peer's client
    Given the topology "gateways"
    And alice runs plutoplus as "--wit -t -g {bob} -d {dave}"
    And bob runs plutoplus as "--wit -t -g {alice} -d {carol}"
    When alice initiates
    Then bob notifies INVALID-ID-INFORMATION under protection
    And both sides exit with 2
    And no SA is left
