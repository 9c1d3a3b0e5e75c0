"""Topics of Service Bus, in a namespace that is there: their subscriptions and the rules of those."""

from datetime import datetime, timedelta

from azure.mgmt.servicebus.models import (
    Action,
    CorrelationFilter,
    EntityStatus,
    FilterType,
    Rule,
    SBQueue,
    SBSubscription,
    SBTopic,
    SqlFilter,
)

from rows import prefixed

UNLIMITED = timedelta(days=10675199, hours=2, minutes=48, seconds=5, microseconds=477581)


def drive(bus, rows, *of):
    topics, subscriptions, rules = bus.topics, bus.subscriptions, bus.rules
    made = {
        "type": "Microsoft.ServiceBus/namespaces/topics",
        "properties.max_size_in_megabytes": 2048,
        "properties.default_message_time_to_live": timedelta(hours=36),
        "properties.support_ordering": True,
        "properties.status": EntityStatus.ACTIVE,
        "properties.auto_delete_on_idle": UNLIMITED,
        "properties.requires_duplicate_detection": False,
        "properties.subscription_count": 0,
        "properties.created_at": datetime,
        "properties.accessed_at": datetime,
    }
    topic = SBTopic(max_size_in_megabytes=2048, default_message_time_to_live=timedelta(hours=36), support_ordering=True)
    rows.shows("a topic", lambda: topics.create_or_update(*of, "news", topic), made)
    rows.shows("it is read", lambda: topics.get(*of, "news"), made)
    rows.lists("it is listed", lambda: topics.list_by_namespace(*of), "news", made)
    rows.refused(
        "a queue has a name of its own",
        lambda: bus.queues.create_or_update(*of, "news", SBQueue()),
        409,
        "Conflict",
    )
    given = {
        "lock_duration": timedelta(minutes=2),
        "requires_session": True,
        "max_delivery_count": 3,
        "dead_lettering_on_filter_evaluation_exceptions": False,
        "dead_lettering_on_message_expiration": True,
    }
    put = lambda name, **given: lambda: subscriptions.create_or_update(*of, "news", name, SBSubscription(**given))
    subscribed = {
        "type": "Microsoft.ServiceBus/namespaces/topics/subscriptions",
        **prefixed(given),
        "properties.is_client_affine": False,
        "properties.status": EntityStatus.ACTIVE,
        "properties.message_count": 0,
        "properties.created_at": datetime,
    }
    read = lambda: subscriptions.get(*of, "news", "reader")
    rows.shows("a subscription", put("reader", **given), subscribed)
    rows.shows("it is read", read, subscribed)
    rows.lists("it is listed", lambda: subscriptions.list_by_topic(*of, "news"), "reader", subscribed)
    rows.shows("the topic counts it", lambda: topics.get(*of, "news"), {"properties.subscription_count": 1})
    changed = {**given, "max_delivery_count": 7}
    rows.shows("it changes", put("reader", **changed), prefixed(changed))
    rows.refused("requires_session stays", put("reader", requires_session=False), 400, "BadRequest", "requiresSession")
    rows.refused("its name is short", put("a" * 51), 400, "BadRequest")
    drive_rules(rules, rows, *of, "news", "reader")
    rows.shows("it goes", lambda: subscriptions.delete(*of, "news", "reader"))
    rows.gone("it is gone", read)
    rows.shows("the topic counts none", lambda: topics.get(*of, "news"), {"properties.subscription_count": 0})
    rows.shows("the topic goes", lambda: topics.delete(*of, "news"))
    rows.gone("the topic is gone", lambda: topics.get(*of, "news"))


def drive_rules(rules, rows, *of):
    first = {"filter_type": FilterType.SQL_FILTER, "sql_filter.sql_expression": "1=1"}
    rows.lists("the first rule is there", lambda: rules.list_by_subscriptions(*of), "$Default", first)
    by_words = Rule(
        filter_type=FilterType.SQL_FILTER,
        sql_filter=SqlFilter(sql_expression="size > 3"),
        action=Action(sql_expression="SET seen = TRUE"),
    )
    told = {
        "filter_type": FilterType.SQL_FILTER,
        "sql_filter.sql_expression": "size > 3",
        "sql_filter.compatibility_level": 20,
        "action.sql_expression": "SET seen = TRUE",
    }
    rows.shows("a rule in words", lambda: rules.create_or_update(*of, "large", by_words), told)
    by_members = Rule(
        filter_type=FilterType.CORRELATION_FILTER,
        correlation_filter=CorrelationFilter(label="urgent", properties={"team": "a"}),
    )
    told = {
        "filter_type": FilterType.CORRELATION_FILTER,
        "correlation_filter.label": "urgent",
        "correlation_filter.properties": {"team": "a"},
        "sql_filter": None,
    }
    rows.shows("a rule of members", lambda: rules.create_or_update(*of, "urgent", by_members), told)
    rows.shows("it is read", lambda: rules.get(*of, "urgent"), told)
    rows.shows("the first one goes", lambda: rules.delete(*of, "$Default"))
    rows.counts("two are left", lambda: rules.list_by_subscriptions(*of), ["large", "urgent"])
