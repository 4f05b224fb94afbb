/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads that are wrong on purpose: nothing crashes, what can be read is read, and the rest is told in
 * words that name the place. */
#include "support.h"

int channels_malformed_test(void);

struct wrong {
    const char *network, *body;
    size_t events;
    const char *reason; /* in the error when there are no events, else in unread; NULL: all was read */
};

#define WA(value) "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[" value "]}]}"
#define WAM(message)                                                                                                 \
    WA("{\"field\":\"messages\",\"value\":{\"metadata\":{\"phone_number_id\":\"2\"},\"messages\":[" message "]}}")
#define FB(entry)         "{\"object\":\"page\",\"entry\":[{\"id\":\"1\",\"time\":1763730000," entry "}]}"
#define FEED(value)       FB("\"changes\":[{\"field\":\"feed\",\"value\":" value "}]")
#define IG(change)        "{\"object\":\"instagram\",\"entry\":[{\"id\":\"1\",\"changes\":[" change "]}]}"
#define TALK(item)        FB("\"messaging\":[" item "]")
#define WHO               "\"sender\":{\"id\":\"9\"},\"recipient\":{\"id\":\"1\"}"
#define XA(type, payload) "{\"data\":{\"event_uuid\":\"5\",\"event_type\":\"" type "\",\"payload\":" payload "}}"

#define PLAY(said)  "{\"reviews\":[{\"reviewId\":\"a\",\"comments\":[{\"userComment\":" said "}]}]}"
#define YT(snippet) "{\"items\":[{\"id\":\"a\",\"snippet\":{" snippet "}}]}"

#define TG(message) "{\"update_id\":7,\"message\":" message "}"
#define TGM(rest)   TG("{\"message_id\":5,\"chat\":{\"id\":9,\"type\":\"private\"},\"from\":{\"id\":9}" rest "}")

#define VB(rest)  "{\"event\":\"message\",\"message_token\":5," rest "}"
#define VBM(rest) VB("\"sender\":{\"id\":\"a=\"},\"message\":{" rest "}")

#define PI(count)             "{\"items\":[{\"id\":\"8\",\"pin_metrics\":{\"lifetime_metrics\":{\"comment\":" count "}}}]}"
#define TT(event, content)    "{\"event\":\"" event "\",\"content\":\"" content "\"}"
#define LI(list)              "{\"type\":\"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS\",\"notifications\":" list "}"
#define LIC(action, id, rest) LI("[{\"action\":\"" action "\",\"generatedActivity\":\"" id "\"" rest "}]")

#define MPOST(rest) "{\"id\":\"5\",\"visibility\":\"direct\",\"account\":{\"id\":\"9\"}" rest "}"

static const struct wrong wrongs[] = {
    {"bluesky", "", 0, ""},
    {"bluesky", "null", 0, "neither notifications nor a thread"},
    {"bluesky", "{\"notifications\":{}}", 0, "neither notifications nor a thread"},
    {"bluesky", "{\"notifications\":[]}", 0, NULL},
    {"bluesky", "{\"notifications\":[null]}", 0, "notifications[0] has no reason"},
    {"bluesky", "{\"notifications\":[{\"reason\":\"reply\"}]}", 0, "notifications[0] has no record"},
    {"bluesky", "{\"notifications\":[{\"reason\":\"reply\",\"record\":{},\"author\":{\"did\":\"did:plc:a\"}}]}", 0,
     "notifications[0] has no uri"},
    {"bluesky",
     "{\"notifications\":[{\"reason\":\"mention\",\"uri\":\"https://a/"
     "b\",\"record\":{},\"author\":{\"did\":\"did:plc:a\"}}]}",
     0, "has no uri"},
    {"bluesky",
     "{\"notifications\":[{\"reason\":\"mention\",\"uri\":\"at://did:plc:a/app.bsky.feed.post/"
     "1\",\"record\":{\"text\":[]},"
     "\"author\":{\"did\":\"did:plc:a\"},\"indexedAt\":-5}]}",
     1, NULL},
    {"bluesky", "{\"thread\":{}}", 0, "thread holds neither a post nor the word"},
    {"bluesky", "{\"thread\":{\"notFound\":true,\"$type\":\"app.bsky.feed.defs#notFoundPost\"}}", 0, NULL},
    {"bluesky", "{\"thread\":{\"post\":{},\"replies\":7,\"parent\":[]}}", 0, "thread has no record"},
    {"googleplay", "", 0, ""},
    {"googleplay", "[]", 0, "no list `reviews`"},
    {"googleplay", "{\"reviews\":null}", 0, "no list `reviews`"},
    {"googleplay", "{\"reviews\":[]}", 0, NULL},
    {"googleplay", "{\"reviews\":[7]}", 0, "reviews[0] is not an object"},
    {"googleplay", "{\"reviews\":[{\"reviewId\":\"a\",\"comments\":{}}]}", 0, "reviews[0] has no userComment"},
    {"googleplay", PLAY("null"), 0, "reviews[0] has no userComment"},
    {"googleplay", PLAY("{\"text\":[],\"starRating\":\"x\",\"lastModified\":{\"seconds\":9223372036854775807}}"), 1,
     NULL},
    {"googleplay", PLAY("{\"text\":\"\\t\",\"starRating\":-5,\"lastModified\":7,\"deviceMetadata\":[]}"), 1, NULL},
    {"googlebusiness", "", 0, ""},
    {"googlebusiness", "null", 0, "no list `reviews`"},
    {"googlebusiness", "{\"reviews\":[]}", 0, NULL},
    {"googlebusiness", "{\"reviews\":[{\"starRating\":\"ONE\"}]}", 0, "reviews[0] has no reviewId"},
    {"googlebusiness", "{\"reviews\":[{\"reviewId\":\"a\",\"starRating\":[],\"reviewer\":7,\"createTime\":{}}]}", 1,
     NULL},
    {"googlebusiness",
     "{\"reviews\":[{\"reviewId\":\"a\",\"comment\":\"(Translated by Google)\",\"updateTime\":\"x\"}]}", 1, NULL},
    {"youtube", "", 0, ""},
    {"youtube", "null", 0, "no list `items`"},
    {"youtube", "[]", 0, "no list `items`"},
    {"youtube", "{\"items\":{}}", 0, "no list `items`"},
    {"youtube", "{\"items\":[]}", 0, NULL},
    {"youtube", "{\"items\":[null,3,\"x\"]}", 0, "items[2] is not an object"},
    {"youtube", "{\"items\":[{}]}", 0, "items[0] has no id"},
    {"youtube", "{\"items\":[{\"id\":\"a\",\"snippet\":[]}]}", 0, "items[0] has no snippet"},
    {"youtube", "{\"items\":[{\"id\":\"a\",\"snippet\":{\"title\":7}}]}", 0, "items[0] has no title"},
    {"youtube", "{\"items\":[{\"snippet\":{\"topLevelComment\":7}}]}", 0,
     "items[0].snippet.topLevelComment has no id"},
    {"youtube", YT("\"textDisplay\":{},\"publishedAt\":7,\"authorChannelId\":\"x\""), 1, NULL},
    {"youtube", YT("\"textDisplay\":42,\"publishedAt\":\"soon\",\"updatedAt\":\"2026-99-99T00:00:00Z\""), 1, NULL},
    {"youtube",
     "{\"items\":[{\"id\":\"t\",\"snippet\":{\"canReply\":\"no\",\"topLevelComment\":{\"id\":\"t\",\"snippet\":{}}},"
     "\"replies\":{\"comments\":{}}}]}",
     1, NULL},
    {"mastodon", "", 0, ""},
    {"mastodon", "7", 0, "no post"},
    {"mastodon", "null", 0, "no post"},
    {"mastodon", "{}", 0, "no post"},
    {"mastodon", "[]", 0, NULL},
    {"mastodon", "[[]]", 0, "[0] is nothing that Mastodon is known to say"},
    {"mastodon", "{\"visibility\":1}", 0, "has no id"},
    {"mastodon", "{\"id\":\"5\",\"visibility\":\"public\",\"account\":[]}", 0, "has no account.id"},
    {"mastodon", "{\"type\":\"mention\",\"account\":{},\"id\":\"3\",\"status\":[]}", 0,
     "status is not a post: no id"},
    {"mastodon", "{\"ancestors\":[3],\"descendants\":{}}", 0, "ancestors[0]"},
    {"mastodon", "{\"accounts\":3,\"unread\":3,\"last_status\":3}", 0, "last_status is not a post"},
    {"mastodon", MPOST(""), 1, NULL},
    {"mastodon",
     MPOST(",\"content\":{},\"poll\":{\"options\":{}},\"media_attachments\":{},\"mentions\":7,\"quote\":3"), 1, NULL},
    {"mastodon", MPOST(",\"media_attachments\":[null,{},{\"url\":7}],\"quote\":{\"url\":\"javascript:1\"}"), 1, NULL},
    {"mastodon", MPOST(",\"content\":\"<a class=mention <a <a\",\"edited_at\":\"never\",\"created_at\":-5"), 1, NULL},
    {"mastodon", "[" MPOST("") ",{\"event\":\"update\",\"payload\":\"{\"}]", 2, NULL},
    {"telegram", "", 0, ""},
    {"telegram", "null", 0, "not an object"},
    {"telegram", "[]", 0, "not an object"},
    {"telegram", "{}", 0, "holds nothing"},
    {"telegram", "{\"update_id\":7}", 0, "holds nothing"},
    {"telegram", "{\"update_id\":7,\"message\":null}", 0, "message is an update of a kind that is not known"},
    {"telegram", TG("3"), 0, "message is not an object"},
    {"telegram", TG("[]"), 0, "message is not an object"},
    {"telegram", TG("{}"), 0, "message has no chat.id"},
    {"telegram", TG("{\"chat\":{\"id\":\"a/b\"}}"), 0, "message has no chat.id"},
    {"telegram", TG("{\"chat\":{\"id\":9}}"), 0, "message has no message_id"},
    {"telegram", TG("{\"chat\":{\"id\":9},\"message_id\":{}}"), 0, "message has no message_id"},
    {"telegram", TGM(",\"business_connection_id\":\"a/b\",\"text\":\"x\""), 0, "business_connection_id"},
    {"telegram", TGM(""), 1, NULL},
    {"telegram", TGM(",\"text\":{}"), 1, NULL},
    {"telegram", TGM(",\"photo\":[null,{},3],\"caption\":7"), 1, NULL},
    {"telegram", TGM(",\"photo\":[{\"file_id\":\"a\",\"width\":-9223372036854775807,\"height\":9}]"), 1, NULL},
    {"telegram", TGM(",\"document\":[]"), 1, NULL},
    {"telegram", TGM(",\"date\":9223372036854775807,\"text\":\"x\""), 1, NULL},
    {"telegram", TGM(",\"entities\":[null,{\"type\":\"text_link\",\"url\":\"javascript:1\"}],\"text\":\"x\""), 1,
     NULL},
    {"telegram", TGM(",\"reply_to_message\":{\"message_id\":\"x\"},\"text\":\"x\""), 1, NULL},
    {"telegram", "{\"deleted_business_messages\":{\"chat\":{\"id\":9}}}", 0, "no message_ids"},
    {"telegram", "{\"deleted_business_messages\":{\"chat\":{\"id\":9},\"message_ids\":[null,4]}}", 1,
     "message_ids[0]"},
    {"telegram", "{\"callback_query\":{\"data\":\"x\"}}", 0, "callback_query has no id"},
    {"telegram", "{\"callback_query\":{\"id\":\"1\",\"message\":{}}}", 0, "callback_query.message has no chat.id"},
    {"telegram", "{\"my_chat_member\":{\"chat\":{\"id\":9}}}", 0, "new_chat_member.status"},
    {"viber", "", 0, ""},
    {"viber", "null", 0, "no event"},
    {"viber", "[]", 0, "no event"},
    {"viber", "{}", 0, "no event: not a webhook of Viber"},
    {"viber", "{\"event\":7}", 0, "no event"},
    {"viber", "{\"event\":\"message\"}", 0, "the message has no sender.id"},
    {"viber", VB("\"sender\":{\"id\":\"a=\"}"), 0, "the message has no message"},
    {"viber", VB("\"sender\":{\"id\":{}},\"message\":{}"), 0, "the message has no sender.id"},
    {"viber", "{\"event\":\"message\",\"sender\":{\"id\":\"a=\"},\"message\":{}}", 0, "no message_token"},
    {"viber", VBM(""), 1, NULL},
    {"viber", VBM("\"type\":7"), 1, NULL},
    {"viber", VBM("\"type\":\"text\",\"text\":{}"), 1, NULL},
    {"viber", VBM("\"type\":\"picture\",\"media\":[]"), 1, NULL},
    {"viber", VBM("\"type\":\"contact\",\"contact\":[7]"), 1, NULL},
    {"viber", VBM("\"type\":\"location\",\"location\":{\"lat\":\"x\"}"), 1, NULL},
    {"viber", VBM("\"type\":\"text\",\"tracking_data\":{}"), 1, NULL},
    {"viber", "{\"event\":\"seen\",\"user_id\":\"a=\"}", 0, "no message_token"},
    {"viber", "{\"event\":\"seen\",\"message_token\":1,\"user_id\":7,\"timestamp\":\"x\"}", 1, NULL},
    {"viber", "{\"event\":\"subscribed\",\"message_token\":1,\"user\":[]}", 0, "the event has no user"},
    {"viber", "{\"event\":\"unsubscribed\",\"message_token\":1}", 0, "the event has no user"},
    {"pinterest", "", 0, ""},
    {"pinterest", "null", 0, "no list of items: not a page of pins"},
    {"pinterest", "{\"items\":{}}", 0, "no list of items"},
    {"pinterest", "{\"items\":[]}", 0, NULL},
    {"pinterest", "{\"items\":[null]}", 0, "items[0] is not an object"},
    {"pinterest", "{\"items\":[{}]}", 0, "items[0] has no id"},
    {"pinterest", "{\"items\":[{\"id\":\"8 9\"}]}", 0, "items[0] has no id"},
    {"pinterest", "{\"items\":[{\"id\":\"8:9\"}]}", 0, "items[0] has no id"},
    {"pinterest", "{\"items\":[{\"id\":8,\"pin_metrics\":[]}]}", 0, NULL},
    {"pinterest", PI("\"4\""), 1, NULL},
    {"pinterest", PI("-4"), 0, NULL},
    {"pinterest", PI("1e300"), 0, NULL},
    {"pinterest", PI("9223372036854775807"), 1, NULL},
    {"pinterest", PI("4") "]", 0, ""},
    {"kannel", "", 0, "no from"},
    {"kannel", "{}", 0, "no from"},
    {"kannel", "from=%00&text=x", 0, "no from"},
    {"kannel", "from=1&text=%00%d8&charset=UTF-16BE", 1, NULL},
    {"kannel", "from=1&text=%d8%3d%de&charset=UTF-16BE&at=-5", 1, NULL},
    {"kannel", "from=1", 1, NULL},
    {"kannel", "report=1", 0, "which message"},
    {"kannel", "report=%ff&sent=x", 1, NULL},
    {"sms", "", 0, "no MessageSid"},
    {"sms", "{}", 0, "no MessageSid"},
    {"sms", "{\"MessageSid\":", 0, ""},
    {"sms", "{\"MessageSid\":[],\"From\":{}}", 0, "no MessageSid"},
    {"sms", "[1]", 0, "no MessageSid"},
    {"sms", "MessageSid=SM1", 0, "no From"},
    {"sms", "MessageSid=SM1&From=%00&Body=x", 0, "no From"},
    {"sms", "MessageSid=SM1&From=1&NumMedia=99999999999999999999", 1, NULL},
    {"sms", "MessageSid=SM1&From=1&NumMedia=-4&Body=%ff", 1, NULL},
    {"sms", "MessageSid=SM1&From=1&NumMedia=1000&MediaUrl0=javascript:1", 1, NULL},
    {"sms", "MessageSid=SM1&MessageStatus=failed&ErrorCode=x", 1, NULL},
    {"sms", "MessageSid=SM1&MessageStatus=%00%01", 1, NULL},
    {"wechat", "", 0, ""},
    {"wechat", "{}", 0, "no XML"},
    {"wechat", "<xml/>", 0, "no MsgType"},
    {"wechat", "<xml><MsgType>text</MsgType><MsgId>1</MsgId></xml>", 0, "no FromUserName"},
    {"wechat", "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType></xml>", 0, "no MsgId"},
    {"wechat", "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><MsgId>x1</MsgId></xml>", 0, "no MsgId"},
    {"wechat", "<xml><FromUserName>o</FromUserName><MsgType>event</MsgType></xml>", 0, "does not say which"},
    {"wechat", "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><MsgId>1</MsgId></xml>", 1, NULL},
    {"wechat",
     "<xml><FromUserName>o</FromUserName><CreateTime>99999999999999999999</CreateTime><MsgType>link</MsgType>"
     "<MsgId>9223372036854775807</MsgId></xml>",
     1, NULL},
    {"wechat", "<!DOCTYPE x [<!ENTITY a \"b\">]><xml><Content>&a;</Content></xml>", 0, "entities"},
    {"wechat", "<xml><Encrypt>AAAA</Encrypt></xml>", 0, "no EncodingAESKey"},
    {"tiktok", "", 0, ""},
    {"tiktok", "[]", 0, "no event: not a webhook of TikTok"},
    {"tiktok", "{\"event\":7}", 0, "no event"},
    {"tiktok", "{\"event\":\"comment.update\"}", 0, "content is no JSON of an object"},
    {"tiktok", TT("comment.update", ""), 0, "content is no JSON of an object"},
    {"tiktok", TT("comment.update", "[]"), 0, "content is no JSON of an object"},
    {"tiktok", TT("comment.update", "{}"), 0, "content has no comment_id"},
    {"tiktok", TT("comment.update", "{\\\"comment_id\\\":1}"), 0, "content has no video_id"},
    {"tiktok", TT("comment.update", "{\\\"comment_id\\\":1,\\\"video_id\\\":2}"), 0, "has the comment_action \"\""},
    {"tiktok",
     TT("comment.update",
        "{\\\"comment_id\\\":18446744073709551617,\\\"video_id\\\":2,\\\"comment_action\\\":\\\"insert\\\","
        "\\\"timestamp\\\":{},\\\"text\\\":7}"),
     1, NULL},
    {"tiktok",
     TT("comment.update",
        "{\\\"comment_id\\\":1,\\\"video_id\\\":2,\\\"comment_action\\\":\\\"delete\\\",\\\"timestamp\\\":[]}"),
     1, NULL},
    {"tiktok", TT("im_receive_msg", "{}"), 0, "content has no message_id"},
    {"tiktok", TT("im_receive_msg", "{\\\"message_id\\\":\\\"a\\\"}"), 0, "content has no conversation_id"},
    {"tiktok", TT("im_receive_msg", "{\\\"message_id\\\":1,\\\"conversation_id\\\":2,\\\"from_user\\\":7}"), 1, NULL},
    {"tiktok",
     TT("im_receive_msg",
        "{\\\"message_id\\\":1,\\\"conversation_id\\\":2,\\\"type\\\":\\\"text\\\",\\\"text\\\":[]}"),
     1, NULL},
    {"tiktok", TT("im_mark_read_msg", "{\\\"conversation_id\\\":2}"), 0, "no moment until which was read"},
    {"tiktok", TT("im_mark_read_msg", "{\\\"timestamp\\\":2}"), 0, "content has no conversation_id"},
    {"tiktok", "{\"event\":\"im_receive_msg_eu\"}", 1, NULL},
    {"tiktok", TT("im_receive_msg_eu", "7"), 1, NULL},
    {"tiktok", TT("something.new", "{"), 1, NULL},
    {"linkedin", "", 0, ""},
    {"linkedin", "[]", 0, "`type` is not"},
    {"linkedin", "{\"type\":7,\"notifications\":[]}", 0, "`type` is not"},
    {"linkedin", LI("{}"), 0, "no list of notifications"},
    {"linkedin", LI("[]"), 0, NULL},
    {"linkedin", LI("[null]"), 0, "notifications[0] is not an object"},
    {"linkedin", LI("[{}]"), 0, "notifications[0] has no action"},
    {"linkedin", LI("[{\"action\":[]}]"), 0, "notifications[0] has no action"},
    {"linkedin", LI("[{\"action\":\"COMMENT\"}]"), 0, "notifications[0] has no generatedActivity"},
    {"linkedin", LI("[{\"action\":\"COMMENT\",\"generatedActivity\":{}}]"), 0, "has no generatedActivity"},
    {"linkedin", LIC("COMMENT", "urn:li:comment:(activity:1,)", ""), 0, "is about no comment"},
    {"linkedin", LIC("COMMENT", "urn:li:comment:()", ""), 0, "is about no comment"},
    {"linkedin", LIC("COMMENT", "urn:li:comment:(a,b)", ",\"decoratedGeneratedActivity\":[]"), 1, NULL},
    {"linkedin", LIC("COMMENT", "urn:li:comment:(a,b)", ",\"decoratedGeneratedActivity\":{\"comment\":7}"), 1, NULL},
    {"linkedin", LIC("COMMENT", "urn:li:comment:(a,b)", ",\"lastModifiedAt\":9223372036854775807"), 1, NULL},
    {"linkedin", LIC("COMMENT", "urn:li:comment:(a,b)", ",\"organizationalEntity\":\"::\",\"notificationId\":{}"), 1,
     NULL},
    {"linkedin", LIC("COMMENT_EDIT", "urn:li:comment:(a,b)", ""), 0, "is an edit without its words"},
    {"linkedin", LIC("SHARE_MENTION", "urn:li:share:5", ",\"decoratedSourcePost\":[]"), 1, NULL},
    {"linkedin", LIC("LIKE", "", ""), 1, NULL},
    {"facebook", "", 0, ""},
    {"facebook", "{", 0, ""},
    {"facebook", "null", 0, "no `object`"},
    {"facebook", "[]", 0, "no `object`"},
    {"facebook", "\"page\"", 0, "no `object`"},
    {"facebook", "{}", 0, "no `object`: not a webhook of this network"},
    {"facebook", "{\"object\":\"instagram\",\"entry\":[]}", 0, "`object` is not \"page\""},
    {"facebook", "{\"object\":{},\"entry\":[]}", 0, "`object` is not \"page\""},
    {"facebook", "{\"object\":\"page\"}", 0, "no `entry`"},
    {"facebook", "{\"object\":\"page\",\"entry\":null}", 0, "no `entry`"},
    {"facebook", "{\"object\":\"page\",\"entry\":{\"id\":\"1\"}}", 0, "entry is not a list"},
    {"facebook", "{\"object\":\"page\",\"entry\":[]}", 0, NULL},
    {"facebook", "{\"object\":\"page\",\"entry\":[null,3,[],\"x\"]}", 0, "entry[3] is not an object"},
    {"facebook", FB("\"x\":1"), 0, "entry[0] has neither changes nor messaging"},
    {"facebook", FB("\"changes\":null"), 0, "entry[0] has neither changes nor messaging"},
    {"facebook", FB("\"changes\":[null]"), 0, "entry[0].changes[0] is not an object"},
    {"facebook", FB("\"changes\":[{\"field\":\"feed\"}]"), 0, "entry[0].changes[0].value is missing"},
    {"facebook", FB("\"changes\":[{\"field\":7,\"value\":{}}]"), 0, "has the field \"\""},
    {"facebook", FEED("{}"), 0, "value has no item or no verb"},
    {"facebook", FEED("{\"item\":\"comment\",\"verb\":\"add\",\"post_id\":\"1_2\"}"), 0,
     "entry[0].changes[0].value has no comment_id"},
    {"facebook", FEED("{\"item\":\"comment\",\"verb\":\"add\",\"comment_id\":\"2_3\"}"), 0, "value has no post_id"},
    {"facebook", FEED("{\"item\":\"status\",\"verb\":\"add\",\"post_id\":[1]}"), 0, "value has no post_id"},
    {"facebook", FEED("{\"item\":\"status\",\"verb\":\"add\",\"post_id\":12345678901234567890123,\"message\":7}"), 1,
     NULL},
    {"facebook", FEED("{\"item\":\"status\",\"verb\":\"add\",\"post_id\":\"1_2\",\"from\":[],\"created_time\":{}}"),
     1, NULL},
    {"facebook", FEED("{\"item\":\"status\",\"verb\":\"add\",\"post_id\":\"1_2\",\"photos\":[null,{},\"u\"]}"), 1,
     NULL},
    {"facebook", FEED("{\"item\":\"comment\",\"verb\":\"edited\",\"post_id\":\"1_2\",\"comment_id\":\"2_3\"}"), 0,
     "value is an edit without its message"},
    {"facebook",
     FEED("{\"item\":\"comment\",\"verb\":\"edited\",\"post_id\":\"1_2\",\"comment_id\":\"2_3\",\"message\":"
          "\"\"}"),
     1, NULL},
    {"facebook", FB("\"messaging\":{}"), 0, "entry[0].messaging is not a list"},
    {"facebook", TALK("{}"), 0, "entry[0].messaging[0] holds nothing that is known"},
    {"facebook", TALK("{\"message\":{\"mid\":\"m\"}}"), 0, "sender.id is missing"},
    {"facebook", TALK("{\"sender\":9,\"message\":{\"mid\":\"m\"}}"), 0, "sender.id is missing"},
    {"facebook", TALK("{" WHO ",\"message\":null}"), 0, "holds nothing that is known"},
    {"facebook", TALK("{" WHO ",\"message\":7}"), 0, "message that is not an object"},
    {"facebook", TALK("{" WHO ",\"message\":null,\"postback\":{\"title\":\"x\"}}"), 1, NULL},
    {"facebook", FB("\"changes\":null,\"messaging\":[{" WHO ",\"message\":{\"mid\":\"m\",\"text\":\"x\"}}]"), 1,
     NULL},
    {"facebook", TALK("{" WHO ",\"message\":{\"text\":\"x\"}}"), 0, "has no message.mid"},
    {"facebook", TALK("{" WHO ",\"message\":{\"mid\":{},\"text\":\"x\"}}"), 0, "has no message.mid"},
    {"facebook", TALK("{" WHO ",\"message\":{\"mid\":\"m\",\"attachments\":7,\"text\":\"x\"}}"), 1,
     "message.attachments is not a list"},
    {"facebook", TALK("{" WHO ",\"message\":{\"mid\":\"m\",\"attachments\":[null,{}],\"text\":[]}}"), 1,
     "message.attachments[0] is not an object"},
    {"facebook", TALK("{" WHO ",\"delivery\":{}}"), 0, "neither mids nor a watermark"},
    {"facebook", TALK("{" WHO ",\"delivery\":{\"mids\":[null,\"m\"]}}"), 1, NULL},
    {"facebook", TALK("{" WHO ",\"read\":{\"watermark\":\"soon\"}}"), 0, "neither a mid nor a watermark"},
    {"facebook", TALK("{" WHO ",\"timestamp\":9223372036854775807,\"message\":{\"mid\":\"m\",\"text\":\"x\"}}"), 1,
     NULL},
    {"facebook", TALK("{" WHO ",\"timestamp\":-5,\"message\":{\"mid\":\"m\",\"text\":\"x\"}}"), 1, NULL},
    {"facebook", TALK("{" WHO ",\"message_edit\":{\"text\":\"x\"}}"), 0, "has no message_edit.mid"},
    {"facebook", TALK("{" WHO ",\"message_edit\":{\"mid\":\"m\",\"text\":null}}"), 0, "has no message_edit.text"},
    {"facebook", TALK("{" WHO ",\"reaction\":{\"emoji\":\"x\"}}"), 0, "has no reaction.mid"},
    {"facebook", TALK("{" WHO ",\"postback\":{}}"), 1, NULL},
    {"instagram", "{\"object\":\"page\",\"entry\":[]}", 0, "`object` is not \"instagram\""},
    {"instagram", IG("{}"), 0, "entry[0].changes[0] has the field \"\", which is not known"},
    {"instagram", IG("{\"field\":\"comments\"}"), 0, "entry[0].changes[0].value is missing or not an object"},
    {"instagram", IG("{\"field\":\"comments\",\"value\":{\"id\":{}}}"), 0, "value has no id"},
    {"instagram", IG("{\"field\":\"comments\",\"value\":{\"id\":\"1\",\"media\":7}}"), 0, "value has no media.id"},
    {"instagram", IG("{\"field\":\"comments\",\"value\":{\"id\":\"1\",\"media\":{\"id\":2},\"from\":[]}}"), 1, NULL},
    {"instagram", IG("{\"field\":\"mentions\",\"value\":{\"comment_id\":\"1\"}}"), 0, "value has no media_id"},
    {"instagram", IG("{\"field\":\"messages\",\"value\":{\"message\":{\"mid\":\"m\"}}}"), 0, "sender.id is missing"},
    {"instagram", "{\"object\":\"instagram\",\"entry\":[{\"id\":\"1\",\"field\":\"comments\",\"value\":null}]}", 0,
     "entry[0].value is missing or not an object"},
    {"instagram", "{\"object\":\"instagram\",\"entry\":[{\"id\":\"1\",\"field\":7}]}", 0,
     "entry[0] has neither changes nor messaging"},
    {"threads", "{}", 0, "no `values` and no `entry`"},
    {"threads", "{\"values\":7}", 0, "values is neither a change nor a list of them"},
    {"threads", "{\"entry\":{}}", 0, "entry is not a list"},
    {"threads", "{\"entry\":[7]}", 0, "entry[0].changes is neither"},
    {"threads", "{\"values\":[null]}", 0, "values[0] is not an object"},
    {"threads", "{\"values\":{\"field\":7}}", 0, "values has the field \"\", which is not known"},
    {"threads", "{\"values\":{\"field\":\"replies\",\"value\":[]}}", 0, "values.value is missing or not an object"},
    {"threads", "{\"values\":{\"field\":\"replies\",\"value\":{\"id\":{}}}}", 0, "values.value has no id"},
    {"threads", "{\"values\":{\"field\":\"replies\",\"value\":{\"id\":1,\"username\":7,\"root_post\":[]}}}", 1, NULL},
    {"threads", "{\"values\":{\"field\":\"delete\",\"value\":{}}}", 0, "values.value has no id"},
    {"whatsapp", "{\"object\":\"page\",\"entry\":[]}", 0, "`object` is not \"whatsapp_business_account\""},
    {"whatsapp", WA("{\"field\":\"messages\",\"value\":[]}"), 0, "value is missing or not an object"},
    {"whatsapp", WA("{\"field\":\"messages\",\"value\":{\"messages\":{}}}"), 0, "value.messages is not a list"},
    {"whatsapp",
     WA("{\"field\":\"messages\",\"value\":{\"statuses\":null,\"messages\":[{\"id\":\"a\",\"from\":\"1\"}]}}"), 1,
     NULL},
    {"whatsapp", WAM("{}"), 0, "entry[0].changes[0].value.messages[0] has no id"},
    {"whatsapp", WAM("{\"id\":\"a\"}"), 0, "messages[0] does not say who"},
    {"whatsapp", WAM("{\"id\":\"a\",\"from\":\"1\"}"), 1, NULL},
    {"whatsapp", WAM("{\"id\":\"a\",\"from\":1,\"type\":\"text\",\"text\":\"x\"}"), 1, NULL},
    {"whatsapp", WAM("{\"id\":\"a\",\"from\":\"1\",\"type\":\"image\",\"image\":null}"), 1, NULL},
    {"whatsapp", WAM("{\"id\":\"a\",\"from\":\"1\",\"type\":\"contacts\",\"contacts\":{\"a\":1}}"), 1, NULL},
    {"whatsapp", WAM("{\"id\":\"a\",\"from\":\"1\",\"type\":\"reaction\",\"reaction\":{}}"), 1, NULL},
    {"whatsapp", WAM("{\"id\":\"a\",\"from\":\"1\",\"type\":\"edit\",\"edit\":\"x\"}"), 1, NULL},
    {"whatsapp",
     WAM("{\"id\":\"a\",\"from\":\"1\",\"type\":\"edit\",\"edit\":{\"original_message_id\":\"b\",\"message\":"
         "null}}"),
     1, NULL},
    {"whatsapp", WAM("{\"id\":\"a\",\"from\":\"1\",\"type\":\"interactive\"}"), 1, NULL},
    {"whatsapp", WAM("{\"id\":\"a\",\"from\":\"1\",\"type\":\"text\",\"text\":{\"body\":\"x\"},\"timestamp\":\"x\"}"),
     1, NULL},
    {"whatsapp", WA("{\"field\":\"messages\",\"value\":{\"errors\":[{\"code\":131031,\"title\":\"Locked\"}]}}"), 0,
     "tells of an error: 131031: Locked"},
    {"whatsapp", WA("{\"field\":\"messages\",\"value\":{\"statuses\":[{\"id\":\"a\",\"status\":7}]}}"), 0,
     "statuses[0] has no id or no status"},
    {"whatsapp", WA("{\"field\":\"messages\",\"value\":{\"statuses\":[{\"id\":\"a\",\"status\":\"failed\"}]}}"), 1,
     NULL},
    {"x", "{}", 0, "no `data`"},
    {"x", "{\"data\":[]}", 0, "data is not an object"},
    {"x", "{\"data\":null}", 0, "data is not an object"},
    {"x", "{\"data\":{}}", 0, "data has no event_type"},
    {"x", XA("post.mention.create", "[]"), 0, "data.payload is missing or not an object"},
    {"x", XA("post.mention.create", "{}"), 0, "data.payload has no id"},
    {"x", XA("post.mention.create", "{\"id\":\"1\"}"), 0, "data.payload has no author_id"},
    {"x", XA("post.mention.create", "{\"id\":1,\"author_id\":2,\"text\":\"x\",\"edit_history_tweet_ids\":[7,null]}"),
     1, NULL},
    {"x", XA("post.mention.create", "{\"id\":1,\"author_id\":2,\"referenced_tweets\":[0],\"attachments\":[]}"), 1,
     NULL},
    {"x", XA("post.mention.create", "{\"id\":2,\"author_id\":3,\"edit_history_tweet_ids\":[\"1\",\"2\"]}"), 0,
     "data.payload is an edit without its text"},
    {"x", XA("post.delete", "{}"), 0, "data.payload has no id"},
    {"x", XA("dm.received", "{}"), 0, "data.payload has no direct_message_events"},
    {"x", XA("dm.received", "{\"direct_message_events\":[{\"type\":\"welcome\"}]}"), 0,
     "data.payload.direct_message_events[0] is not of the type message_create"},
    {"x", XA("dm.received", "{\"direct_message_events\":[{\"type\":\"message_create\",\"id\":\"1\"}]}"), 0,
     "has no sender_id or recipient_id"},
    {"x", XA("dm.read", "{}"), 0, "data.payload has no sender_id"},
    {"x", XA("dm.read", "{\"sender_id\":\"7\"}"), 0, "data.payload has no created_timestamp"},
    {"x", XA("dm.indicate_typing", "{\"users\":[]}"), 0, "data.payload has no sender_id"},
    {"x", XA("chat.received", "{\"id\":\"1\"}"), 0, "data.payload has no sender_id"},
    {"x", "{\"tweet_create_events\":{}}", 0, "tweet_create_events is not a list"},
    {"x",
     "{\"tweet_create_events\":[{\"id\":1,\"user\":{\"id\":2},\"created_at\":\"Fri Nov 99 13:05:00 +0000 "
     "2025\"}]}",
     1, NULL},
    {"x", "{\"tweet_create_events\":[{\"id\":1,\"user\":{\"id\":2},\"created_at\":\"a b c d e f g\"}]}", 1, NULL},
};

static void every_wrong_payload(void **state)
{
    for (size_t i = 0; i < COUNT_OF(wrongs); i++) {
        const struct wrong *w = &wrongs[i];
        struct channel_events events;
        struct error e = {0};
        bool ok = take(*state, channel_of(w->network), str_from(w->body), &events, &e);
        if (events.count != w->events)
            fail_msg("%s gives %zu events, expected %zu", w->body, events.count, w->events);
        assert_int_equal(ok, w->events > 0 || !w->reason);
        struct str said = ok ? events.unread : str_from(e.message);
        if (!w->reason && said.len)
            fail_msg("%s: \"%.*s\"", w->body, STR_ARGS(said));
        if (w->reason && str_find(said, str_from(w->reason)) < 0)
            fail_msg("%s: \"%.*s\" does not say \"%s\"", w->body, STR_ARGS(said), w->reason);
    }
}

static void many_reasons_do_not_grow_without_end(void **state)
{
    struct arena *a = *state;
    struct buf body;
    buf_init(&body, a, 65536);
    buf_cstr(&body, "{\"object\":\"page\",\"entry\":[{\"id\":\"1\",\"messaging\":[{" WHO
                    ",\"message\":{\"mid\":\"m\",\"text\":\"read\"}}");
    for (int i = 0; i < 5000; i++)
        buf_cstr(&body, ",7");
    buf_cstr(&body, "]}]}");
    struct channel_events events;
    struct error e = {0};
    assert_true(take(a, channel_of("facebook"), buf_view(&body), &events, &e));
    assert_int_equal(events.count, 1);
    assert_in_range(events.unread.len, 700, 1200);
    assert_true(str_ends(events.unread, STR("and more")));
}

static void many_parts_stay_cheap(void **state)
{
    struct arena *a = *state;
    struct buf body;
    buf_init(&body, a, 1 << 20);
    buf_cstr(&body, "{\"object\":\"page\",\"entry\":[{\"id\":\"1\",\"messaging\":[{" WHO
                    ",\"message\":{\"mid\":\"m\",\"attachments\":[{}");
    for (int i = 0; i < 20000; i++)
        buf_cstr(&body, ",{\"title\":\"a\",\"type\":\"image\",\"payload\":{\"url\":\"u\"}}");
    buf_cstr(&body, "]}}]}]}");
    struct channel_events events;
    struct error e = {0};
    size_t before = arena_used(a);
    assert_true(take(a, channel_of("facebook"), buf_view(&body), &events, &e));
    assert_int_equal(events.count, 1);
    assert_int_equal(events.items[0].media_count, 31);
    assert_true(str_find(events.unread, STR("attachments[32] is one attachment too many")) >= 0);
    assert_true(arena_used(a) - before < 40 * body.len);
}

static void long_ids_are_no_ids(void **state)
{
    struct arena *a = *state;
    char *id = ARENA_ARRAY(a, char, 600);
    memset(id, '7', 599);
    struct str body = str_format(a, TALK("{" WHO ",\"message\":{\"mid\":\"%s\",\"text\":\"x\"}}"), id);
    struct channel_events events;
    struct error e = {0};
    assert_false(take(a, channel_of("facebook"), body, &events, &e));
    assert_non_null(strstr(e.message, "has no message.mid"));
}

/* Ids above 2^53 and 2^64 come through as they are written. */
static void large_ids_are_exact(void **state)
{
    struct channel_events events;
    struct error e = {0};
    assert_true(take(*state, channel_of("x"),
                     STR(XA("post.mention.create", "{\"id\":9007199254740993,\"author_id\":18446744073709551617,"
                                                   "\"text\":\"x\"}")),
                     &events, &e));
    assert_str(events.items[0].external_id, "9007199254740993");
    assert_str(events.items[0].author.external_id, "18446744073709551617");
    assert_str(events.items[0].link, "https://x.com/i/web/status/9007199254740993");
}

static void nul_and_lone_surrogates_become_clean(void **state)
{
    struct channel_events events;
    struct error e = {0};
    assert_true(take(*state, channel_of("whatsapp"),
                     STR(WAM("{\"id\":\"a\\u0000b\",\"from\":\"1\",\"type\":\"text\",\"text\":{\"body\":"
                             "\"a\\u0000b \\ud83d c\"}}")),
                     &events, &e));
    assert_str(events.items[0].text, "ab \xef\xbf\xbd c");
    assert_str(events.items[0].external_id, "ab");
}

/* What is cut in half on its way costs its letter, and neither the message nor its neighbour. */
static void bytes_that_are_no_utf8_are_shown_as_such(void **state)
{
    struct channel_events events;
    struct error e = {0};
    assert_true(
        take(*state, channel_of("whatsapp"),
             STR(WAM("{\"id\":\"a\",\"from\":\"1\",\"type\":\"text\",\"text\":{\"body\":\"caf\xe9 \xf0\x9f\x98\"}},"
                     "{\"id\":\"b\",\"from\":\"1\",\"type\":\"text\",\"text\":{\"body\":\"c\"}}")),
             &events, &e));
    assert_int_equal(events.count, 2);
    assert_int_equal(events.unread.len, 0);
    assert_str(events.items[0].text, "caf\xef\xbf\xbd \xef\xbf\xbd");
    assert_str(events.items[1].text, "c");
}

/* Each file to each network: 2xx or 4xx of the web's making, never a crash. */
static void shared_files(void **state)
{
    struct arena *a = *state;
    if (!shared_or_skip(a, "fixtures/_malformed"))
        skip();
    static const char *const dirs[] = {"fixtures/_malformed/constructed",
                                       "fixtures/_malformed/jsontestsuite/test_parsing",
                                       "fixtures/_malformed/jsontestsuite/test_transform"};
    static const char *const networks[] = {"facebook", "whatsapp", "x"};
    size_t files = 0;
    for (size_t d = 0; d < COUNT_OF(dirs); d++) {
        size_t count;
        const char **names = names_in(a, shared_path(a, dirs[d]), "", &count);
        assert_non_null(names);
        for (size_t i = 0; i < count; i++) {
            if (names[i][0] == '.')
                continue;
            struct str body = slurp(a, shared_path(a, str_format(a, "%s/%s", dirs[d], names[i]).ptr));
            for (size_t n = 0; n < COUNT_OF(networks); n++) {
                struct arena *one = arena_new();
                struct channel_events events;
                struct error e = {0};
                take(one, channel_of(networks[n]), body, &events, &e);
                arena_free(one);
            }
            files++;
        }
    }
    print_message("%zu files, each to three networks\n", files);
    assert_true(files > 250);
}

static void shared_files_of_whatsapp(void **state)
{
    struct arena *a = *state;
    if (!shared_or_skip(a, "fixtures/_malformed/constructed"))
        skip();
    static const struct {
        const char *name;
        size_t events;
        const char *text; /* of the first */
    } files[] = {{"wa_changes_null.json", 0, NULL},
                 {"wa_duplicate_delivery.json", 1, "same id twice"},
                 {"wa_empty_text.json", 1, ""},
                 {"wa_entry_not_array.json", 0, NULL},
                 {"wa_text_64k.json", 1, NULL},
                 {"wa_text_invalid_utf8.json", 1, NULL},
                 {"wa_text_lone_surrogate.json", 1, "bad \xef\xbf\xbd end"},
                 {"wa_text_nul_escape.json", 1, "ab"},
                 {"wa_text_rtl_arabic.json", 1, NULL},
                 {"wa_text_surrogate_escapes.json", 1, "😀 perché no?"},
                 {"wa_trailing_garbage.json", 0, NULL},
                 {"wa_unknown_type_and_field.json", 1, ""}};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct channel_events events;
        struct error e = {0};
        struct str body =
            slurp(a, shared_path(a, str_format(a, "fixtures/_malformed/constructed/%s", files[i].name).ptr));
        take(a, channel_of("whatsapp"), body, &events, &e);
        if (events.count != files[i].events)
            fail_msg("%s gives %zu events (%s)", files[i].name, events.count, e.message);
        if (files[i].text)
            assert_str(events.items[0].text, files[i].text);
    }
}

int channels_malformed_test(void)
{
    const struct CMUnitTest tests[] = {TEST(every_wrong_payload),
                                       TEST(many_reasons_do_not_grow_without_end),
                                       TEST(many_parts_stay_cheap),
                                       TEST(long_ids_are_no_ids),
                                       TEST(large_ids_are_exact),
                                       TEST(nul_and_lone_surrogates_become_clean),
                                       TEST(bytes_that_are_no_utf8_are_shown_as_such),
                                       TEST(shared_files),
                                       TEST(shared_files_of_whatsapp)};
    return cmocka_run_group_tests_name("channels/malformed", tests, NULL, NULL);
}
