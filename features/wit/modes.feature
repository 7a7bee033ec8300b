Feature: DEBUG mode: serving for ever

  @PP-02 @PP-03 @PP-05 @PP-06
  Scenario: Case 15: DEBUG -i -d A after success keeps running, and a second negotiation from the peer succeeds
    Given two hosts
    And alice runs plutoplus as "--debug -d {bob} -e 3 -a 2"
    And bob runs plutoplus with "-e 3 -a 2"
    When alice initiates
    Then both sides have an SA pair
    And alice is still running
    When bob runs again as "--wit -i -d {alice} -e 3 -a 3"
    Then bob succeeds
    And alice is still running

  @PP-09
  Scenario Outline: Case 16: a responder without options accepts <options>
    Given two hosts
    And bob runs plutoplus as "--debug"
    And alice runs plutoplus with "<options>"
    When alice initiates
    Then alice succeeds
    And both sides have an SA pair
    And the SAs agree with the wire
    And traffic passes in the SAs only

    Examples:
      | options                    |
      |                            |
      | -a 2                       |
      | -a 3 -t                    |
      | -e 1                       |
      | -e 2 -a 3 -f               |
      | -e 3 -a 2 -t -f            |
      | -3 -s -e 3 -a 3 --group 5  |
      | -s -e 4 -k 5 --group 1     |
      | -e 4 -k 16 -a 2 -t         |
      | -e 4 -k 20 -a 3            |
      | -e 5 -a 2                  |
      | -3 -e 7 -k 5 -t            |
      | -e 7 -k 56 -a 3 -f         |
      | -e 11 -a 2                 |
      | -e 11 -a 3 -t -f --group 1 |

  @PP-02 @PP-28
  Scenario: DEBUG ends with 0 when it is told to, after saying goodbye
    Given two hosts
    And bob runs plutoplus as "--debug"
    And alice runs plutoplus with "-e 3 -a 3"
    When alice initiates
    Then alice succeeds
    When bob is told to end
    Then bob exits with 0
    And bob deletes its SAs under protection
